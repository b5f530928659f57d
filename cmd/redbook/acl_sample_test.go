//go:build !torture

package main

import "strings"

// takenAway tells which words are taken away from a rule: each one of the short
// rule of a backup, and one in eight of the others.
func takenAway(runbook string, i int) bool { return strings.HasPrefix(runbook, "backup.") || i%8 == 1 }
