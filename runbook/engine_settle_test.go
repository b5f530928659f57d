package runbook

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
)

// A person settles by hand what an undo could not do; the journal says who, the
// rest is taken back, and the server is free again.
func TestSettledByHand(t *testing.T) {
	b := newWorkbench(t, step("put a", "")+step("set aside", "")+step("put b", "")+step("fail", ""), nil)
	b.scripts["set aside"] = func(ctx context.Context, h Host, _ string) (string, error) {
		return "", h.Apply(ctx, b.rename("original", "kept"))
	}
	b.scripts["fail"] = failing(func(_ context.Context, h Host, _ string) (string, error) {
		if planning(h) {
			return "", nil
		}
		return "", os.Remove(b.path("kept")) // by somebody else
	})
	o := b.run(context.Background())
	b.wantStatus(o, StatusIncomplete)
	if stuck, err := b.engine.Unsettled(o.Run); err != nil || stuck.Step != "step.script.set-aside" {
		t.Errorf("what is to be settled is %+v, %v", stuck, err)
	}
	b.write("original", "what was there before") // by hand

	o = b.settle()
	b.wantStatus(o, StatusRolledBack)
	if len(o.Settled) != 1 || !strings.Contains(o.Settled[0], "rename") || !strings.Contains(o.Settled[0], "tester") {
		t.Errorf("settled is %q, want the rename and who said so", o.Settled)
	}
	b.wantFiles("original")
	d, err := b.engine.ShowRun(o.Run)
	if err != nil {
		t.Fatal(err)
	}
	if e := d.Effects[1]; e.State != "settled by hand" || e.Settled != "tester" {
		t.Errorf("the rename is shown as %+v", e)
	}
	if !slices.Contains(b.story(), "settled set-aside 2") {
		t.Errorf("the journal is %q", b.story())
	}
	b.scripts["fail"] = b.put("c") // a run that was ended holds nothing
	b.wantStatus(b.run(context.Background()), StatusDone)
}

// Only a change that could not be taken back can be settled, and each only by
// a word of its own.
func TestSettleRefused(t *testing.T) {
	b := newWorkbench(t, step("set aside", "")+step("set aside more", "")+step("fail", ""), nil)
	aside := func(from, to string) script {
		return func(ctx context.Context, h Host, _ string) (string, error) {
			return "", h.Apply(ctx, b.rename(from, to))
		}
	}
	b.write("other", "")
	b.scripts["set aside"], b.scripts["set aside more"] = aside("original", "kept"), aside("other", "kept more")
	b.scripts["fail"] = func(context.Context, Host, string) (string, error) { return "", nil }
	done := b.run(context.Background())
	if _, err := b.engine.RollBackSettled(context.Background(), done.Run, "", Inputs{}); !refused(err) {
		t.Errorf("settling in a run that is done says %v", err)
	}
	b.wantStatus(b.rollBack(""), StatusRolledBack)

	b.scripts["fail"] = failing(func(_ context.Context, h Host, _ string) (string, error) {
		if planning(h) {
			return "", nil
		}
		return "", os.Remove(b.path("kept"))
	})
	b.wantStatus(b.run(context.Background()), StatusIncomplete)
	b.wantStatus(b.settle(), StatusRolledBack)
	b.wantFiles("other")

	b.write("original", "what was there before")
	b.scripts["fail"] = failing(func(_ context.Context, h Host, _ string) (string, error) {
		if planning(h) {
			return "", nil
		}
		return "", os.RemoveAll(b.dir)
	})
	b.wantStatus(b.run(context.Background()), StatusIncomplete)
	b.wantStatus(b.settle(), StatusIncomplete) // the one before it cannot be taken back either
	b.wantStatus(b.settle(), StatusRolledBack)
}

func (b *workbench) settle() *Outcome {
	b.t.Helper()
	o, err := b.newEngine().RollBackSettled(context.Background(), b.last(), "", Inputs{})
	if err != nil {
		b.t.Fatal(err)
	}
	return o
}
