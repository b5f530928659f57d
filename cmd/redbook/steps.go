package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"redbook/steps"
)

func newSteps(w *world) *cobra.Command {
	return &cobra.Command{
		Use:               "steps [KIND]",
		Short:             "List the step kinds, or explain one with its example",
		Args:              operands(0, 1, "one KIND at most"),
		ValidArgsFunction: completeKind,
		RunE: func(_ *cobra.Command, args []string) error {
			v := newTextView(w.stdout, w.color(w.stdout))
			kinds := steps.All()
			if len(args) == 0 {
				v.kinds(kinds)
				return nil
			}
			k, ok := kinds.Lookup(args[0])
			if !ok {
				return fmt.Errorf("there is no step kind %q; the kinds are %s", args[0], strings.Join(kinds.Names(), ", "))
			}
			v.kind(k)
			return nil
		},
	}
}
