package steps_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"redbook/runbook"
	"redbook/runbook/journal"
	"redbook/steps"
)

// An argumentCase is the arguments of a step and what validating says of them.
type argumentCase struct {
	arguments string
	want      string // in the diagnostics; "" when all is well
}

// testArguments validates a step of the kind with each set of arguments.
func testArguments(t *testing.T, kind string, cases []argumentCase) {
	t.Helper()
	for _, c := range cases {
		src := "redis \"main\" { address = \"127.0.0.1:6379\" }\nstep \"" + kind + "\" \"x\" {\n" + c.arguments + "\n}\n"
		r, diags := runbook.Load("test.hcl", []byte(src), steps.All())
		if !diags.HasErrors() {
			diags = r.Validate()
		}
		switch {
		case c.want == "" && diags.HasErrors():
			t.Errorf("%s: got %v", c.arguments, diags)
		case c.want != "" && !diags.HasErrors():
			t.Errorf("%s: accepted, want %q", c.arguments, c.want)
		case c.want != "":
			var all []string
			for _, d := range diags {
				all = append(all, d.Summary+": "+d.Detail)
			}
			if text := strings.Join(all, "\n"); !strings.Contains(text, c.want) {
				t.Errorf("%s: got %s\nwant %q", c.arguments, text, c.want)
			}
		}
	}
}

// fails plans steps that must fail at the step named, for a reason that holds
// want, and touch nothing.
func (m *machine) fails(t *testing.T, body, step, want string) {
	t.Helper()
	before := m.snapshot(t)
	l := m.steps(t, body)
	p := l.plan(t)
	f := p.Failed()
	switch {
	case f == nil:
		t.Errorf("the plan succeeds, want %q at %s", want, step)
		return
	case f.Address != step || !strings.Contains(f.Failure, want):
		t.Errorf("the plan fails at %s: %s\nwant %q at %s", f.Address, f.Failure, want, step)
	}
	_, err := m.engine.Run(context.Background(), l.runbook, l.vars, p)
	var check *runbook.CheckError
	if !errors.As(err, &check) {
		t.Errorf("running the failed plan: got %v, want a CheckError", err)
	}
	compareSnapshots(t, "the failed plan", before, m.snapshot(t))
}

// effects counts the effects that a run began.
func (m *machine) effects(t *testing.T, run string) (n int) {
	t.Helper()
	records, err := m.engine.Store.Read(run)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if r.Type == journal.Intent {
			n++
		}
	}
	return n
}

// notes are what a planned step says.
func notes(p *runbook.Plan, step string) string {
	for _, s := range p.Steps {
		if s.Address == step {
			return strings.Join(s.Notes, "\n")
		}
	}
	return ""
}
