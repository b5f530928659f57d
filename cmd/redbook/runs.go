package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"redbook/runbook"
)

func newRuns(w *world) *cobra.Command {
	asJSON := false
	list := func(*cobra.Command, []string) error { return w.listRuns(asJSON) }
	c := &cobra.Command{
		Use:   "runs",
		Short: "List runs, or show one",
		Args:  operands(0, 0, ""),
		RunE:  list,
	}
	c.PersistentFlags().BoolVar(&asJSON, "json", false, "print JSON")
	c.AddCommand(
		&cobra.Command{Use: "list", Short: "List runs, newest first", Args: operands(0, 0, ""), RunE: list},
		&cobra.Command{
			Use: "show [RUN]", Short: "Show what a run did, change by change", Args: operands(0, 1, "one RUN at most"),
			ValidArgsFunction: w.completeRun(),
			RunE:              func(_ *cobra.Command, args []string) error { return w.showRun(args, asJSON) },
		},
	)
	return c
}

func (w *world) listRuns(asJSON bool) error {
	e, err := w.engine(nil, nil)
	if err != nil {
		return err
	}
	runs, err := newestFirst(e)
	if err != nil {
		return err
	}
	if asJSON {
		return w.printJSON(runs)
	}
	newTextView(w.stdout, w.color(w.stdout)).runs(runs)
	return nil
}

func (w *world) showRun(args []string, asJSON bool) error {
	id, _, err := w.chosenRun(args, new(runOptions), anyRun)
	if err != nil {
		return err
	}
	e, err := w.engine(nil, nil)
	if err != nil {
		return err
	}
	d, err := e.ShowRun(id)
	if err != nil {
		return err
	}
	if asJSON {
		return w.printJSON(d)
	}
	t := newTextView(w.stdout, w.color(w.stdout))
	t.run(d)
	if d.Status == runbook.StatusIncomplete {
		t.line("")
		w.incomplete(t, id)
		return nil
	}
	if !d.Status.Finished() {
		t.line("")
		t.command("To take everything back:", w.rerun("rollback", id))
	}
	if resumable(d.RunSummary) {
		t.command("To go on:", w.rerun("resume", id))
	}
	return nil
}

func (w *world) printJSON(v any) error {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	fmt.Fprintf(w.stdout, "%s\n", raw)
	return nil
}
