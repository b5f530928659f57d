package runbook

import (
	"context"
	"strings"
	"testing"
)

func TestRollBackToStepAndResume(t *testing.T) {
	for _, to := range []string{"script.put-b", "step.script.put-b"} {
		b := newWorkbench(t, step("put a", "")+step("put b", "")+step("put c", ""), nil)
		b.wantStatus(b.run(context.Background()), StatusDone)
		o := b.rollBack(to)
		b.wantStatus(o, StatusPaused)
		if o.Step != "step.script.put-b" {
			t.Errorf("it is paused at %s", o.Step)
		}
		b.wantFiles("a", "original")
		b.wantStatus(b.resume(), StatusDone)
		b.wantFiles("a", "b", "c", "original")
		b.wantStatus(b.rollBack(""), StatusRolledBack)
		b.wantFiles("original")
	}
}

func TestRollBackToUnknownStep(t *testing.T) {
	b := newWorkbench(t, step("put a", "")+step("skipped", "when = false"), nil)
	b.scripts["skipped"] = b.put("b")
	o := b.run(context.Background())
	b.wantStatus(o, StatusDone)
	_, err := b.engine.RollBack(context.Background(), o.Run, "script.nothing", Inputs{})
	if !refused(err) || !strings.Contains(err.Error(), `"script.nothing"`) {
		t.Errorf("got %v, want that there is no such step", err)
	}
	b.wantStatus(o, StatusDone)
	b.wantFiles("a", "original")
}

// What later steps refer to comes back from the journal.
func TestResumeRestoresOutputs(t *testing.T) {
	b := newWorkbench(t,
		step("random", "")+step("fail", `on_failure = "stop"`)+step("use", "input = step.script.random.value")+
			"output \"used\" { value = step.script.use.value }\n", nil)
	b.scripts["random"] = func(_ context.Context, h Host, _ string) (string, error) {
		if planning(h) {
			return "planned", nil
		}
		return "from the run", nil
	}
	b.scripts["fail"] = failing(b.put("a"))
	b.scripts["use"] = func(_ context.Context, _ Host, input string) (string, error) { return "got " + input, nil }
	b.wantStatus(b.run(context.Background()), StatusPaused)
	b.scripts["fail"] = b.put("a")
	b.scripts["random"] = nil // is not run again
	o := b.resume()
	b.wantStatus(o, StatusDone)
	if got := o.Values[0].Value.AsString(); got != "got from the run" {
		t.Errorf("the output is %q", got)
	}
}

func TestRunsAndShow(t *testing.T) {
	b := newWorkbench(t, step("put a", "")+step("fail", ""), nil)
	b.scripts["fail"] = b.put("b")
	first := b.run(context.Background())
	if list, err := b.engine.Undoable(first.Run, ""); err != nil || len(list) != 2 || !strings.HasSuffix(list[0].Change.Detail, "/b") {
		t.Errorf("a roll-back would take back %+v, %v; want b, then a", list, err)
	}
	b.wantStatus(b.rollBack(""), StatusRolledBack)
	b.scripts["fail"] = failing(b.put("b"))
	second := b.run(context.Background())

	list, err := b.engine.Runs()
	if err != nil || len(list) != 2 || list[0].ID != second.Run || list[1].ID != first.Run {
		t.Fatalf("runs %+v, %v; want the newest first", list, err)
	}
	d, err := b.engine.ShowRun(second.Run)
	if err != nil {
		t.Fatal(err)
	}
	if d.Failed != "step.script.fail" || d.Cause != errFake.Error() || d.Actor.User != "tester" || d.Runbook != "test.hcl" {
		t.Errorf("the run is shown as %+v", d)
	}
	for _, e := range d.Effects {
		if e.State != "undone" {
			t.Errorf("effect %d is %q, want undone", e.Number, e.State)
		}
	}
}
