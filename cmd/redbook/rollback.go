package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"redbook/runbook"
)

type rollbackOptions struct {
	runOptions
	to   string
	skip bool
}

func newRollback(w *world) *cobra.Command {
	o := new(rollbackOptions)
	c := &cobra.Command{
		Use:   "rollback [RUN]",
		Short: "Take back what a run changed, newest change first",
		Long: "Take back what a run changed, newest change first, from its journal alone: the\n" +
			"newest run, or the one whose id begins with RUN, finished or not. Nothing is\n" +
			"deleted that the run did not make; what Redis wrote meanwhile is set aside.",
		Args:              operands(0, 1, "one RUN at most"),
		ValidArgsFunction: w.completeRun(),
		RunE:              func(c *cobra.Command, args []string) error { return w.rollback(c.Context(), args, o) },
	}
	o.register(c)
	o.registerAnswer(c)
	c.Flags().StringVar(&o.to, "to", "", "take back only this step, KIND.NAME, and those after it; the run can then be resumed")
	c.Flags().BoolVar(&o.skip, "skip", false, "take the change that could not be taken back as settled by hand, and go on with the rest")
	return c
}

func (w *world) rollback(ctx context.Context, args []string, o *rollbackOptions) error {
	w.events = o.json
	id, in, err := w.chosenRun(args, &o.runOptions, anyRun)
	if err != nil {
		return err
	}
	if err := w.showRollback(id, o); err != nil {
		return err
	}
	if !o.yes {
		if err := w.confirm("Take these changes back?"); err != nil {
			return err
		}
	}
	return w.execute(ctx, o.json, func(ctx context.Context, e *runbook.Engine) (*runbook.Outcome, error) {
		if o.skip {
			return e.RollBackSettled(ctx, id, o.to, in)
		}
		return e.RollBack(ctx, id, o.to, in)
	})
}

// showRollback shows what would be taken back, and what would not.
func (w *world) showRollback(id string, o *rollbackOptions) error {
	e, err := w.engine(nil, nil)
	if err != nil {
		return err
	}
	list, err := e.Undoable(id, o.to)
	if err != nil {
		return err
	}
	var settled []runbook.EffectDetail
	if o.skip {
		stuck, err := e.Unsettled(id)
		if err != nil {
			return err
		}
		settled = append(settled, stuck)
		list = slices.DeleteFunc(list, func(d runbook.EffectDetail) bool { return d.Number == stuck.Number })
	}
	if !o.json {
		newTextView(w.stderr, w.color(w.stderr)).undoable(id, list, settled)
	}
	return nil
}
