package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"redbook/runbook"
	"redbook/runbook/journal"
	"redbook/steps"
)

type runOptions struct {
	variableFlags
	yes, json, dryRun bool
}

func newRun(w *world) *cobra.Command {
	o := new(runOptions)
	c := &cobra.Command{
		Use:   "run RUNBOOK|PLANFILE",
		Short: "Plan a runbook, show the plan, ask, and run it",
		Long: "Plan a runbook, show the plan, ask, and run it; or run exactly the plan in a\n" +
			"file that redbook plan --out wrote, without asking. When a step fails, what the\n" +
			"run changed is taken back. Ctrl-C ends the change in hand and stops; a second\n" +
			"one stops now.",
		Args:              operands(1, 1, "one RUNBOOK or PLANFILE"),
		ValidArgsFunction: completeRunbook,
		RunE:              func(c *cobra.Command, args []string) error { return w.run(c.Context(), args[0], o) },
	}
	o.register(c)
	c.Flags().BoolVar(&o.dryRun, "dry-run", false, "only plan")
	o.registerAnswer(c)
	return c
}

func (o *runOptions) registerAnswer(c *cobra.Command) {
	c.Flags().BoolVar(&o.yes, "yes", false, "do not ask")
	c.Flags().BoolVar(&o.json, "json", false, "print events as JSON, one a line")
}

// job is a plan together with what it is about.
type job struct {
	runbook *runbook.Runbook
	vars    runbook.Variables
	plan    *runbook.Plan
}

func (w *world) run(ctx context.Context, path string, o *runOptions) error {
	w.events = o.json && !o.dryRun
	j, fromFile, err := w.prepare(ctx, path, o)
	if err != nil {
		return err
	}
	if !o.json || o.dryRun {
		if err := w.showPlan(j.plan, o.json); err != nil {
			return err
		}
	}
	if j.plan.Failed() != nil {
		if !o.dryRun {
			if err := w.inTheWay(ctx, j); err != nil {
				return err
			}
		}
		w.view(w.events).failedPlan(j.plan)
		return exitError(exitCheck)
	}
	if o.dryRun {
		return nil
	}
	if !o.yes && !fromFile {
		if err := w.confirm("Run this plan?"); err != nil {
			return err
		}
	}
	planFile := path
	if w.repeatable = !fromFile; w.repeatable {
		planFile = ""
	}
	err = w.execute(ctx, o.json, func(ctx context.Context, e *runbook.Engine) (*runbook.Outcome, error) {
		return e.Run(ctx, j.runbook, j.vars, j.plan)
	})
	return w.withPlanCommand(err, j, planFile)
}

// inTheWay finds out whether a plan fails because another run is under way on
// the server, or stopped half way: what it left is what the plan has met. The
// engine looks at that first and never runs a plan that fails.
func (w *world) inTheWay(ctx context.Context, j *job) error {
	e, err := w.engine(nil, nil)
	if err != nil {
		return err
	}
	_, err = e.Run(ctx, j.runbook, j.vars, j.plan)
	var held *journal.HeldError
	var unfinished *runbook.UnfinishedError
	var damaged *runbook.DamagedError
	if errors.As(err, &held) || errors.As(err, &unfinished) || errors.As(err, &damaged) {
		return err
	}
	return nil
}

// prepare plans a runbook, or takes the plan from a file.
func (w *world) prepare(ctx context.Context, path string, o *runOptions) (*job, bool, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, false, fmt.Errorf("read runbook: %w", err)
	}
	in, err := o.inputs(w)
	if err != nil {
		return nil, false, err
	}
	if isPlan(content) {
		j, err := w.jobOfPlan(path, content, in)
		return j, true, err
	}
	r, err := w.loadRunbook(path)
	if err != nil {
		return nil, false, err
	}
	vars, err := w.resolve(r, in)
	if err != nil {
		return nil, false, err
	}
	p, err := w.planner().Plan(ctx, r, vars)
	if err != nil {
		return nil, false, &machineError{err}
	}
	return &job{r, vars, p}, false, nil
}

// isPlan tells a plan file from a runbook in JSON by the fields that only a
// plan has.
func isPlan(content []byte) bool {
	content = bytes.TrimSpace(content)
	return bytes.HasPrefix(content, []byte("{")) &&
		bytes.Contains(content, []byte(`"digest"`)) && bytes.Contains(content, []byte(`"source"`))
}

// jobOfPlan takes runbook and values from the plan; only secrets are given anew.
func (w *world) jobOfPlan(path string, content []byte, in runbook.Inputs) (*job, error) {
	p, err := runbook.ReadPlan(path, content)
	if err != nil {
		return nil, err
	}
	r, diags := runbook.Load(p.Path, []byte(p.Source), steps.All())
	if err := w.failOn(r, diags); err != nil {
		return nil, err
	}
	in.Saved = p.Variables
	vars, err := w.resolve(r, in)
	return &job{r, vars, p}, err
}
