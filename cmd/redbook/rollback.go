package main

import (
	"context"

	"github.com/spf13/cobra"

	"redbook/runbook"
)

func newRollback(w *world) *cobra.Command {
	o := new(runOptions)
	to := ""
	c := &cobra.Command{
		Use:   "rollback [RUN]",
		Short: "Take back what a run changed, newest change first",
		Long: "Take back what a run changed, newest change first, from its journal alone: the\n" +
			"newest run, or the one whose id begins with RUN, finished or not. Nothing is\n" +
			"deleted that the run did not make; what Redis wrote meanwhile is set aside.",
		Args:              operands(0, 1, "one RUN at most"),
		ValidArgsFunction: w.completeRun(),
		RunE:              func(c *cobra.Command, args []string) error { return w.rollback(c.Context(), args, to, o) },
	}
	o.register(c)
	o.registerAnswer(c)
	c.Flags().StringVar(&to, "to", "", "take back only this step, KIND.NAME, and those after it; the run can then be resumed")
	return c
}

func (w *world) rollback(ctx context.Context, args []string, to string, o *runOptions) error {
	w.events = o.json
	id, in, err := w.chosenRun(args, o, anyRun)
	if err != nil {
		return err
	}
	e, err := w.engine(nil, nil)
	if err != nil {
		return err
	}
	list, err := e.Undoable(id, to)
	if err != nil {
		return err
	}
	if !o.json {
		newTextView(w.stderr, w.color(w.stderr)).undoable(id, list)
	}
	if !o.yes {
		if err := w.confirm("Take these changes back?"); err != nil {
			return err
		}
	}
	return w.execute(ctx, o.json, func(ctx context.Context, e *runbook.Engine) (*runbook.Outcome, error) {
		return e.RollBack(ctx, id, to, in)
	})
}
