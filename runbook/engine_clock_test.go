package runbook

import (
	"context"
	"slices"
	"testing"
	"time"
)

// A clock that is set back, at every look even, or that stands still spoils
// neither a journal nor an id.
func TestClock(t *testing.T) {
	start := time.Date(2026, 3, 29, 2, 30, 0, 0, time.UTC)
	for name, step := range map[string]time.Duration{"back": -time.Hour, "still": 0} {
		now := start
		clock := func() time.Time {
			now = now.Add(step)
			return now
		}
		b := newWorkbench(t, stepsOfClock, nil)
		b.scripts["fail"] = failing(b.put("b"))
		b.engine.Now = clock
		paused := b.run(context.Background())
		b.wantStatusOf(paused.Run, StatusPaused)
		b.scripts["fail"] = b.put("b")
		if o, err := b.engine.Resume(context.Background(), paused.Run, Inputs{}); err != nil || o.Status != StatusDone {
			t.Errorf("%s: resume: %+v, %v", name, o, err)
		}
		b.wantFiles("a", "b", "original")
		if o, err := b.engine.RollBack(context.Background(), paused.Run, "", Inputs{}); err != nil || o.Status != StatusRolledBack {
			t.Errorf("%s: roll-back: %+v, %v", name, o, err)
		}
		b.wantFiles("original")

		now = start // the ids of the runs before come again
		ids := []string{paused.Run}
		for range 3 {
			now = start
			track, err := b.engine.begin(new(Plan), nil)
			b.must(err)
			b.must(track.close())
			ids = append(ids, track.id)
		}
		slices.Sort(ids)
		if len(slices.Compact(ids)) != 4 {
			t.Errorf("%s: the ids of four runs are %q", name, ids)
		}
	}
}

var stepsOfClock = step("put a", "") + step("fail", `on_failure = "stop"`)

func (b *workbench) wantStatusOf(run string, want Status) {
	b.t.Helper()
	d, err := b.engine.ShowRun(run)
	b.must(err)
	if d.Status != want {
		b.t.Errorf("run %s is %q, want %q", run, d.Status, want)
	}
}
