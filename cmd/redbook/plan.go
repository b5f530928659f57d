package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"redbook/runbook"
)

type planOptions struct {
	variableFlags
	out      string
	json     bool
	detailed bool
}

func newPlan(w *world) *cobra.Command {
	o := new(planOptions)
	c := &cobra.Command{
		Use:               "plan RUNBOOK",
		Short:             "Show exactly what a runbook would do to this machine",
		Args:              operands(1, 1, "one RUNBOOK"),
		ValidArgsFunction: completeRunbook,
		RunE:              func(c *cobra.Command, args []string) error { return w.plan(c, args[0], o) },
	}
	o.register(c)
	c.Flags().StringVar(&o.out, "out", "", "write the plan to a file, for redbook run FILE")
	c.Flags().BoolVar(&o.json, "json", false, "print the plan as JSON")
	c.Flags().BoolVar(&o.detailed, "detailed-exitcode", false, "exit with 2 when the plan holds changes")
	return c
}

func (w *world) plan(c *cobra.Command, path string, o *planOptions) error {
	r, err := w.loadRunbook(path)
	if err != nil {
		return err
	}
	in, err := o.inputs(w)
	if err != nil {
		return err
	}
	vars, err := w.resolve(r, in)
	if err != nil {
		return err
	}
	p, err := w.planner().Plan(c.Context(), r, vars)
	if err != nil {
		return &machineError{err}
	}
	if err := w.showPlan(p, o.json); err != nil {
		return err
	}
	if p.Failed() != nil {
		if w.hasState() {
			if err := w.inTheWay(c.Context(), &job{r, vars, p}); err != nil {
				return err
			}
		}
		if !o.json {
			w.mendPlan()
		}
		return exitError(exitCheck)
	}
	if o.out != "" {
		if err := writePlan(o.out, p); err != nil {
			return err
		}
		if !o.json {
			newTextView(w.stderr, w.color(w.stderr)).command("To run exactly this plan"+w.given()+":", shellJoin([]string{"redbook", "run", operand(o.out)}))
		}
	}
	if o.detailed && p.Effects() > 0 {
		return exitError(exitChanges)
	}
	return nil
}

// mendPlan says, below a plan that fails, how to try again.
func (w *world) mendPlan() {
	newTextView(w.stderr, w.color(w.stderr)).command("When that is mended"+w.given()+":", w.same())
}

func (w *world) showPlan(p *runbook.Plan, asJSON bool) error {
	if !asJSON {
		newTextView(w.stdout, w.color(w.stdout)).plan(p)
		return nil
	}
	raw, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("encode plan: %w", err)
	}
	fmt.Fprintf(w.stdout, "%s\n", raw)
	return nil
}

// writePlan writes a plan file, which only its owner may read and which never
// replaces another.
func writePlan(path string, p *runbook.Plan) error {
	raw, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("encode plan: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("write plan %s: it exists already, and a plan replaces nothing; give another name, or remove it", path)
	}
	if err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	_, err = f.Write(append(raw, '\n'))
	for _, end := range []func() error{f.Sync, f.Close} {
		if e := end(); err == nil {
			err = e
		}
	}
	if err != nil {
		return fmt.Errorf("write plan %s: %w", path, err)
	}
	return nil
}
