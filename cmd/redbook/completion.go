package main

import (
	"github.com/spf13/cobra"

	"redbook/steps"
)

type completer = func(c *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective)

// completeRunbook completes the names of runbooks and plan files.
func completeRunbook(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"hcl", "json", "plan"}, cobra.ShellCompDirectiveFilterFileExt
}

// completeRun completes the ids of runs, newest first, with what they were.
func (w *world) completeRun() completer {
	return func(_ *cobra.Command, args []string, _ string) (ids []string, _ cobra.ShellCompDirective) {
		const plain = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
		e, err := w.engine(nil, nil)
		if err != nil || len(args) > 0 {
			return nil, plain
		}
		list, err := newestFirst(e)
		if err != nil {
			return nil, plain
		}
		for _, r := range list {
			ids = append(ids, r.ID+"\t"+string(r.Status)+": "+r.Runbook)
		}
		return ids, plain
	}
}

// completeKind completes the names of step kinds, with their summaries.
func completeKind(_ *cobra.Command, args []string, _ string) (names []string, _ cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	kinds := steps.All()
	for _, name := range kinds.Names() {
		k, _ := kinds.Lookup(name)
		names = append(names, name+"\t"+k.Summary)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
