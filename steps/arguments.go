package steps

import (
	"path/filepath"
	"strconv"

	"redbook/runbook"
)

// absolute demands a clean absolute path: a run must not depend on where it was
// started, and a plan must show the path that will be used.
func absolute(argument, path string) error {
	switch {
	case path == "":
		return &runbook.ArgumentError{Argument: argument, Problem: "is empty; give an absolute path"}
	case !filepath.IsAbs(path):
		return &runbook.ArgumentError{Argument: argument, Problem: "is " + quote(path) + ", which depends on where redbook is started; give an absolute path"}
	case filepath.Clean(path) != path:
		return &runbook.ArgumentError{Argument: argument, Problem: "is " + quote(path) + "; write it as " + quote(filepath.Clean(path))}
	}
	return nil
}

func different(from, to string) error {
	if from == to && from != "" {
		return &runbook.ArgumentError{Argument: "to", Problem: "is the same path as from"}
	}
	return nil
}

func quote(s string) string { return strconv.Quote(s) }
