package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/spf13/cobra"

	"redbook/runbook"
)

func newFmt(w *world) *cobra.Command {
	check := false
	c := &cobra.Command{
		Use:               "fmt FILE...",
		Short:             "Rewrite runbooks in the standard layout",
		Args:              operands(1, -1, "FILE"),
		ValidArgsFunction: completeRunbook,
		RunE: func(_ *cobra.Command, paths []string) error {
			changed := false
			for _, path := range paths {
				did, err := format(path, check)
				if err != nil {
					return err
				}
				if did {
					fmt.Fprintln(w.stdout, path)
					changed = true
				}
			}
			if check && changed {
				return exitError(exitUsage)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&check, "check", false, "change nothing; list the files that are not formatted and exit with 1")
	return c
}

// format rewrites one file and tells whether it was not in the standard layout.
func format(path string, check bool) (changed bool, err error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return false, fmt.Errorf("format: %w", err)
	}
	if strings.HasSuffix(path, ".json") {
		return false, fmt.Errorf("format %s: JSON runbooks have no layout of their own", path)
	}
	f, diags := hclsyntax.ParseConfig(src, path, hcl.InitialPos)
	if diags.HasErrors() {
		return false, &runbook.DiagnosticsError{Diagnostics: diags, Files: map[string]*hcl.File{path: f}}
	}
	formatted := runbook.Format(src)
	if bytes.Equal(src, formatted) {
		return false, nil
	}
	if check {
		return true, nil
	}
	return true, replaceFile(path, formatted)
}

// replaceFile replaces a file whole, so that a full disk cannot leave half of it.
func replaceFile(path string, content []byte) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".redbook-fmt-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	for _, step := range []func() error{func() error { return f.Chmod(info.Mode().Perm()) }, f.Sync, f.Close} {
		if e := step(); err == nil {
			err = e
		}
	}
	if err != nil {
		return fmt.Errorf("format %s: %w", path, err)
	}
	return os.Rename(f.Name(), path)
}
