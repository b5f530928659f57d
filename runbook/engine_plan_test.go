package runbook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"redbook/runbook/effect"
)

// A plan holds as long as the machine, the runbook and the variables are what
// they were, and once.
func TestStalePlan(t *testing.T) {
	steps := step("put a", "") + step("move", "")
	tests := []struct {
		name   string
		change func(b *workbench)
		want   string
	}{
		{"a target is taken", func(b *workbench) { b.write("a", "foreign") }, "step.script.put-a would now fail"},
		{"a source is gone", func(b *workbench) { b.must(os.Remove(b.path("original"))) }, "step.script.move would now fail"},
		{"a step does something else", func(b *workbench) { b.scripts["put a"] = b.put("other") }, "step.script.put-a would no longer do or find the same"},
		{"the runbook", func(b *workbench) { b.runbook, b.vars = b.load(steps+"\n", b.dir) }, "the runbook test.hcl was changed"},
		{"the variables", func(b *workbench) { b.runbook, b.vars = b.load(steps, "/elsewhere") }, "the variables are not the same"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newWorkbench(t, steps, nil)
			b.scripts["move"] = func(ctx context.Context, h Host, _ string) (string, error) {
				return "", h.Apply(ctx, b.rename("original", "moved"))
			}
			p := b.plan()
			tt.change(b)
			b.wantStale(p, tt.want)
		})
	}
}

// wantStale runs a plan that no longer holds: nothing happens, and no run is
// begun.
func (b *workbench) wantStale(p *Plan, want string) {
	b.t.Helper()
	runs, err := b.engine.Store.Runs()
	b.must(err)
	_, err = b.engine.Run(context.Background(), b.runbook, b.vars, p)
	var stale *StaleError
	if !errors.As(err, &stale) || !strings.Contains(stale.Reason, want) {
		b.t.Errorf("got %v, want a StaleError: %s", err, want)
	}
	after, err := b.engine.Store.Runs()
	b.must(err)
	if len(after) != len(runs) {
		b.t.Errorf("a run was begun: %q", after)
	}
}

func (b *workbench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func TestPlanRunsOnce(t *testing.T) {
	b := newWorkbench(t, step("put a", ""), nil)
	p := b.plan()
	if _, err := b.engine.Run(context.Background(), b.runbook, b.vars, p); err != nil {
		t.Fatal(err)
	}
	b.wantStale(p, "has run it already")
	b.wantStatus(b.rollBack(""), StatusRolledBack)
	b.wantStale(p, "has run it already") // though the machine is as it was
	b.wantFiles("original")
}

func TestPlanFile(t *testing.T) {
	b := newWorkbench(t, step("put a", ""), nil)
	raw, err := json.Marshal(b.plan())
	b.must(err)
	var indented bytes.Buffer
	b.must(json.Indent(&indented, raw, "", "  "))
	p, err := ReadPlan("plan.json", indented.Bytes())
	b.must(err)
	o, err := b.engine.Run(context.Background(), b.runbook, b.vars, p)
	b.must(err)
	b.wantStatus(o, StatusDone)

	for name, edited := range map[string][]byte{
		"it was changed after it was made": bytes.Replace(raw, []byte("/a"), []byte("/b"), 1),
		"its version is 2":                 bytes.Replace(raw, []byte(`"version":1`), []byte(`"version":2`), 1),
		"not a plan that redbook wrote":    raw[:len(raw)-1],
	} {
		if _, err := ReadPlan("plan.json", edited); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %q", err, name)
		}
	}
}

// A run that departs from its plan is stopped before it does so.
func TestDivergence(t *testing.T) {
	tests := []struct {
		name        string
		plan, run   []string // the copies made
		planned     string
		now         string
		filesBefore []string // of the copies that are as planned
	}{
		{"another effect", []string{"b"}, []string{"x"}, "/b", "/x", nil},
		{"one more", []string{"b"}, []string{"b", "x"}, "nothing more", "/x", []string{"b"}},
		{"another order", []string{"b", "x"}, []string{"x", "b"}, "/b", "/x", nil},
		{"one less", []string{"b", "x"}, []string{"b"}, "/x", "the step ends", []string{"b"}},
		{"none", []string{"b"}, nil, "/b", "the step ends", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newWorkbench(t, step("put a", "")+step("diverge", ""), nil)
			b.scripts["diverge"] = func(ctx context.Context, h Host, _ string) (string, error) {
				names := tt.run
				if planning(h) {
					names = tt.plan
				}
				for _, name := range names {
					if err := h.Apply(ctx, b.copy(name)); err != nil {
						return "", err
					}
				}
				return "", nil
			}
			var done []string
			b.each = func(e Event) {
				if e.Type == "intent" && e.Step == "step.script.diverge" {
					done = append(done, strings.TrimPrefix(e.Change.Detail, "to "+b.dir+"/"))
				}
			}
			o := b.run(context.Background())
			b.wantStatus(o, StatusRolledBack)
			var diverged *DivergedError
			if !errors.As(o.Cause, &diverged) || !strings.HasSuffix(diverged.Planned, tt.planned) && !strings.Contains(diverged.Planned, tt.planned+" ") ||
				!strings.Contains(diverged.Actual, tt.now) {
				t.Errorf("cause %v; want a DivergedError, planned %q, now %q", o.Cause, tt.planned, tt.now)
			}
			if strings.Join(done, " ") != strings.Join(tt.filesBefore, " ") {
				t.Errorf("it began %q, want %q", done, tt.filesBefore)
			}
			b.wantFiles("original")
		})
	}
}

func TestPlanTellsPointOfNoReturn(t *testing.T) {
	b := newWorkbench(t, step("put a", "")+step("irreversible", ""), nil)
	b.scripts["irreversible"] = func(ctx context.Context, h Host, _ string) (string, error) {
		return "", h.Apply(ctx, &effect.Exec{Args: []string{"true"}})
	}
	p := b.plan()
	if got := p.PointOfNoReturn(); got != "step.script.irreversible" || p.Effects() != 2 {
		t.Errorf("point of no return %q, %d effects", got, p.Effects())
	}
	b.wantFiles("original")
}
