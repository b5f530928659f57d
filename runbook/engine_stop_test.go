package runbook

import (
	"context"
	"testing"
	"time"

	"redbook/runbook/effect"
	"redbook/runbook/journal"
)

// interrupt is a runbook in the middle of which a person stops the run, and
// how: soft by closing Stop, hard by ending the context.
type interrupt struct {
	name string
	two  func(b *workbench) script // the step in hand
	at   func(Event) bool          // when to stop
	hard bool
	want []string // files when the run has stopped
}

func duringEffect(n int) func(Event) bool {
	return func(e Event) bool { return e.Type == journal.Intent && e.Effect == n }
}

var interruptCases = []interrupt{
	{
		name: "soft, during an effect",
		two: func(b *workbench) script {
			return func(ctx context.Context, h Host, _ string) (string, error) {
				if _, err := b.put("b")(ctx, h, ""); err != nil {
					return "", err
				}
				return b.put("b2")(ctx, h, "")
			}
		},
		at:   duringEffect(2),
		want: []string{"a", "b", "original"}, // the effect in hand has ended
	},
	{
		name: "soft, during the last effect of a step",
		two:  func(b *workbench) script { return b.put("b") },
		at:   duringEffect(2),
		want: []string{"a", "b", "original"},
	},
	{
		name: "soft, while a step waits",
		two: func(b *workbench) script {
			return func(ctx context.Context, h Host, _ string) (string, error) {
				if _, err := b.put("b")(ctx, h, ""); err != nil || planning(h) {
					return "", err
				}
				return "", h.Sleep(ctx, time.Hour)
			}
		},
		at:   func(e Event) bool { return e.Type == journal.Done && e.Effect == 2 },
		want: []string{"a", "b", "original"},
	},
	{
		name: "hard, during an effect",
		two: func(b *workbench) script {
			return func(ctx context.Context, h Host, _ string) (string, error) {
				return "", h.Apply(ctx, &effect.Exec{
					Args: []string{"sh", "-c", "echo > " + b.path("b") + "; exec sleep 600"}, UndoArgs: []string{"rm", "-f", b.path("b")},
				})
			}
		},
		at:   duringEffect(2),
		hard: true,
	},
}

// start runs until the interrupt has stopped the run; mend is what makes the
// step in hand end when it runs again.
func (i interrupt) start(t *testing.T) *workbench {
	t.Helper()
	b := newWorkbench(t, step("put a", "")+step("two", "")+step("put c", ""), nil)
	b.scripts["two"] = i.two(b)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stop := make(chan struct{})
	b.engine.Stop = stop
	b.each = func(e Event) {
		switch {
		case !i.at(e):
		case i.hard:
			cancel()
		default:
			close(stop)
		}
	}
	o := b.run(ctx)
	b.each = nil
	b.wantStatus(o, StatusInterrupted)
	if i.want != nil {
		b.wantFiles(i.want...)
	}
	b.scripts["two"] = mended(b, i)
	return b
}

// mended does the same effects, and does not wait.
func mended(b *workbench, i interrupt) script {
	if i.hard {
		return func(ctx context.Context, h Host, _ string) (string, error) {
			return "", h.Apply(ctx, &effect.Exec{
				Args: []string{"sh", "-c", "echo > " + b.path("b") + "; exec sleep 600"}, UndoArgs: []string{"rm", "-f", b.path("b")},
			})
		}
	}
	if i.name == "soft, while a step waits" {
		return b.put("b")
	}
	return i.two(b)
}

func TestInterruptAndRollBack(t *testing.T) {
	for _, i := range interruptCases {
		t.Run(i.name, func(t *testing.T) {
			b := i.start(t)
			b.wantStatus(b.rollBack(""), StatusRolledBack)
			b.wantFiles("original")
		})
	}
}

func TestInterruptAndResume(t *testing.T) {
	for _, i := range interruptCases {
		if i.hard {
			continue // its step never ends; see TestHardStopAndResume
		}
		t.Run(i.name, func(t *testing.T) {
			b := i.start(t)
			b.wantStatus(b.resume(), StatusDone)
			want := []string{"a", "b", "c", "original"}
			if i.name == "soft, during an effect" {
				want = append(want, "b2")
			}
			b.wantFiles(want...)
			b.wantStatus(b.rollBack(""), StatusRolledBack)
			b.wantFiles("original")
		})
	}
}

// What a killed command had half done is taken back before it runs again.
func TestHardStopAndResume(t *testing.T) {
	b := newWorkbench(t, step("put a", "")+step("two", "")+step("put c", ""), nil)
	command := &effect.Exec{
		Args:     []string{"sh", "-c", "test ! -e " + b.path("b") + " && echo > " + b.path("b") + " && while ! test -e " + b.path("go") + "; do sleep 0.02; done"},
		UndoArgs: []string{"rm", "-f", b.path("b")},
	}
	b.scripts["two"] = func(ctx context.Context, h Host, _ string) (string, error) { return "", h.Apply(ctx, command) }
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	b.each = func(e Event) {
		if duringEffect(2)(e) {
			cancel()
		}
	}
	b.wantStatus(b.run(ctx), StatusInterrupted)
	b.each = nil
	b.write("go", "")
	b.wantStatus(b.resume(), StatusDone)
	b.wantFiles("a", "b", "c", "go", "original")
}

func TestStopDuringRetryDelay(t *testing.T) {
	b := newWorkbench(t, step("put a", "")+step("fail", "retry {\n attempts = 2\n delay = \"1h\"\n}"), nil)
	b.scripts["fail"] = failing(b.put("b"))
	stop := make(chan struct{})
	b.engine.Stop = stop
	b.each = func(e Event) {
		if e.Type == "retry" {
			close(stop)
		}
	}
	b.wantStatus(b.run(context.Background()), StatusInterrupted)
	b.wantFiles("a", "original")
	b.each = nil
	b.scripts["fail"] = b.put("b")
	b.wantStatus(b.resume(), StatusDone)
	b.wantFiles("a", "b", "original")
}

// A roll-back that is stopped hard is no failure: the next one ends it.
func TestHardStopOfRollBack(t *testing.T) {
	undo := &effect.Exec{Args: []string{"true"}}
	for _, failed := range []bool{false, true} {
		b := newWorkbench(t, step("put a", "")+step("slow", "")+step("last", ""), nil)
		undo.UndoArgs = []string{"sh", "-c", "while ! test -e " + b.path("go") + "; do sleep 0.02; done"}
		b.scripts["slow"] = func(ctx context.Context, h Host, _ string) (string, error) { return "", h.Apply(ctx, undo) }
		b.scripts["last"] = b.put("b")
		if failed {
			b.scripts["last"] = failing(b.put("b"))
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		b.each = func(e Event) {
			if e.Type == journal.Undoing && e.Effect == 2 {
				cancel()
			}
		}
		o := b.run(ctx) // rolls back by itself when the last step fails
		if !failed {
			b.wantStatus(o, StatusDone)
			var err error
			o, err = b.engine.RollBack(ctx, b.last(), "", Inputs{})
			b.must(err)
		}
		b.each = nil
		b.wantStatus(o, StatusInterrupted)
		b.wantFiles("a", "original")
		if _, err := b.engine.Resume(context.Background(), o.Run, Inputs{}); !refused(err) {
			t.Errorf("resume says %v, want that the roll-back is to be ended", err)
		}
		b.write("go", "")
		b.wantStatus(b.rollBack(""), StatusRolledBack)
		b.wantFiles("go", "original")
	}
}
