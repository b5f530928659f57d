package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"redbook/runbook"
)

func newResume(w *world) *cobra.Command {
	o := new(runOptions)
	c := &cobra.Command{
		Use:   "resume [RUN]",
		Short: "Go on with a run that was interrupted, paused or killed",
		Long: "Go on with a run that was interrupted, paused or killed: the newest such run, or\n" +
			"the one whose id begins with RUN. What its step in hand had half done is taken\n" +
			"back, then that step and the rest are run. Runbook and values are those of the\n" +
			"run; only secrets are given again.",
		Args:              operands(0, 1, "one RUN at most"),
		ValidArgsFunction: w.completeRun(),
		RunE:              func(c *cobra.Command, args []string) error { return w.resume(c.Context(), args, o) },
	}
	o.register(c)
	o.registerAnswer(c)
	return c
}

func (w *world) resume(ctx context.Context, args []string, o *runOptions) error {
	w.events = o.json
	id, in, err := w.chosenRun(args, o, resumable)
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

// chosenRun completes the run's id and collects the values given. Without one it
// is the newest run that wanted accepts, or, when there is none, the newest.
func (w *world) chosenRun(args []string, o *runOptions, wanted func(runbook.RunSummary) bool) (string, runbook.Inputs, error) {
	in, err := o.inputs(w)
	if err != nil {
		return "", in, err
	}
	e, err := w.engine(nil, nil)
	if err != nil {
		return "", in, err
	}
	if len(args) > 0 {
		id, err := e.Store.Find(args[0])
		return id, in, err
	}
	list, err := newestFirst(e)
	if err != nil {
		return "", in, err
	}
	for _, r := range list {
		if wanted(r) {
			return r.ID, in, nil
		}
	}
	if len(list) > 0 {
		return list[0].ID, in, nil
	}
	id, err := e.Store.Find("") // says that there is none
	return id, in, err
}

// newestFirst lists the runs by when they began; those that cannot be read, of
// which nobody knows, come last.
func newestFirst(e *runbook.Engine) ([]runbook.RunSummary, error) {
	list, err := e.Runs()
	slices.SortStableFunc(list, func(a, b runbook.RunSummary) int { return b.Began.Compare(a.Began) })
	return list, err
}

func anyRun(r runbook.RunSummary) bool { return r.Problem == "" }

func resumable(r runbook.RunSummary) bool {
	return r.Problem == "" && !r.Status.Finished() && r.Status != runbook.StatusIncomplete
}
