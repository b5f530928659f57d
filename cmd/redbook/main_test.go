package main

import (
	"flag"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite what tests compare with: scripts, README.md, docs/steps.md")

// TestMain makes the command redbook, which is this very code, one that scripts
// and tests can run as a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"redbook": main})
}
