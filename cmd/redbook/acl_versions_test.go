//go:build e2e

package main

import (
	"slices"
	"strings"
	"testing"

	"redbook/internal/redistest"
	"redbook/internal/versions"
)

// TestACLRulesOfVersions runs each shipped runbook with its rule on every server that a supported Debian ships. What
// docs/acl.md says to leave out before 7.0 is left out there.
func TestACLRulesOfVersions(t *testing.T) {
	for _, v := range versions.All() {
		p, rules := aclProgram{path: v.Program(t, "server")}, aclRules(t)
		if strings.HasPrefix(v.Number, "6.0.") {
			p.noChannels, p.noAsync = true, true
			for name, rule := range rules {
				rules[name] = slices.DeleteFunc(rule, func(word string) bool { return word == "+function|list" })
			}
		}
		t.Run(v.String(), func(t *testing.T) { redistest.AllAtOnce(t, p.suffices(t, rules)) })
	}
}
