package main

import (
	"context"

	"github.com/spf13/cobra"

	"redbook/runbook"
)

func newResume(w *world) *cobra.Command {
	o := new(runOptions)
	c := &cobra.Command{
		Use:   "resume [RUN]",
		Short: "Go on with a run that was interrupted, paused or killed",
		Long: "Go on with a run that was interrupted, paused or killed: the newest, or the one\n" +
			"whose id begins with RUN. What its step in hand had half done is taken back, then\n" +
			"that step and the rest are run. Runbook and values are those of the run; only\n" +
			"secrets are given again.",
		Args: operands(0, 1, "one RUN at most"),
		RunE: func(c *cobra.Command, args []string) error { return w.resume(c.Context(), args, o) },
	}
	o.register(c)
	o.registerAnswer(c)
	return c
}

func (w *world) resume(ctx context.Context, args []string, o *runOptions) error {
	w.events = o.json
	id, in, err := w.chosenRun(args, o)
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
	if !o.json {
		newTextView(w.stderr, w.color(w.stderr)).run(d)
	}
	if !o.yes && !d.Status.Finished() { // what is over is refused, not asked about
		if err := w.confirm("Go on with this run?"); err != nil {
			return err
		}
	}
	return w.execute(ctx, o.json, func(ctx context.Context, e *runbook.Engine) (*runbook.Outcome, error) {
		return e.Resume(ctx, id, in)
	})
}

// chosenRun completes the run's id and collects the values given.
func (w *world) chosenRun(args []string, o *runOptions) (string, runbook.Inputs, error) {
	in, err := o.inputs(w)
	if err != nil {
		return "", in, err
	}
	e, err := w.engine(nil, nil)
	if err != nil {
		return "", in, err
	}
	prefix := ""
	if len(args) > 0 {
		prefix = args[0]
	}
	id, err := e.Store.Find(prefix)
	return id, in, err
}
