package main

import (
	"context"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// A world is what a command sees of the process that it runs in.
type world struct {
	stdin          *os.File
	stdout, stderr io.Writer
	getenv         func(string) string
	environ        func() []string
	stateDir       string   // --state-dir
	args           []string // the command line, without the program
	varFiles       []string // --var-file
	events         bool     // stdout carries events: errors are told there too
	repeatable     bool     // the command line means the same when given again: it runs a runbook
}

// run executes one command line and returns the exit code.
func run(args []string, w *world) int {
	w.args = args
	if err := checkDescriptors(); err != nil {
		return w.report(err)
	}
	root := newRoot(w)
	root.SetArgs(args)
	root.SetOut(w.stdout)
	root.SetErr(w.stderr)
	return w.report(root.ExecuteContext(context.Background()))
}

func newRoot(w *world) *cobra.Command {
	root := &cobra.Command{
		Use:   "redbook",
		Short: "Run Redis backup and restore runbooks",
		Long: "redbook runs Redis backup and restore runbooks: it shows exactly what one would\n" +
			"do, does it with every change written down first, goes on after a crash, and\n" +
			"takes everything back when something fails.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          unknownCommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.PersistentFlags().StringVar(&w.stateDir, "state-dir", "",
		"where journals are kept (root: /var/lib/redbook; else the XDG state directory)")
	root.AddCommand(
		newValidate(w), newFmt(w), newPlan(w), newRun(w), newResume(w), newRollback(w),
		newRuns(w), newSchedule(w), newInspect(w), newInit(w), newSteps(w), newVersion(w),
	)
	root.SuggestionsMinimumDistance = 2
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), "FlagUsages |", "FlagUsagesWrapped 80 |"))
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return &usageError{c.CommandPath(), err.Error()} })
	return root
}
