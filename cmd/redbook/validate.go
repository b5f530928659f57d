package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newValidate(w *world) *cobra.Command {
	return &cobra.Command{
		Use:               "validate RUNBOOK...",
		Short:             "Check runbooks without asking any machine",
		Args:              operands(1, -1, "RUNBOOK"),
		ValidArgsFunction: completeRunbook,
		RunE: func(_ *cobra.Command, paths []string) error {
			bad := false
			for _, path := range paths {
				if err := w.validate(path); err != nil {
					w.report(err)
					bad = true
					continue
				}
				fmt.Fprintf(w.stdout, "%s is valid\n", path)
			}
			if bad {
				return exitError(exitUsage)
			}
			return nil
		},
	}
}

func (w *world) validate(path string) error {
	r, err := w.loadRunbook(path)
	if err != nil {
		return err
	}
	return w.failOn(r, r.Validate())
}
