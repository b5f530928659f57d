package runbook

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"redbook/runbook/effect"
)

func TestRetryUndoesBetweenAttempts(t *testing.T) {
	attempts := 0
	b := newWorkbench(t, step("flaky", "retry {\n attempts = 3\n delay = \"1ms\"\n}"), nil)
	b.scripts["flaky"] = func(ctx context.Context, h Host, input string) (string, error) {
		value, err := b.put("a")(ctx, h, input) // fails when the last attempt's file is still there
		if err == nil && !planning(h) {
			if attempts++; attempts < 3 {
				err = errFake
			}
		}
		return value, err
	}
	b.wantStatus(b.run(context.Background()), StatusDone)
	b.wantFiles("a", "original")
	b.wantStory("begin",
		"step-begin flaky", "intent flaky 1", "done flaky 1", "step-fail flaky", "undoing flaky 1", "undone flaky 1",
		"step-begin flaky", "intent flaky 2", "done flaky 2", "step-fail flaky", "undoing flaky 2", "undone flaky 2",
		"step-begin flaky", "intent flaky 3", "done flaky 3", "step-end flaky: done", "end: done")
}

func TestRetryGivesUp(t *testing.T) {
	b := newWorkbench(t, step("put a", "")+step("hopeless", "retry {\n attempts = 2\n delay = \"1ms\"\n}"), nil)
	b.scripts["hopeless"] = failing(b.put("b"))
	o := b.run(context.Background())
	b.wantStatus(o, StatusRolledBack)
	if !errors.Is(o.Cause, errFake) || o.Step != "step.script.hopeless" {
		t.Errorf("outcome %+v", o)
	}
	b.wantFiles("original")
}

func TestTimeout(t *testing.T) {
	for name, wait := range map[string]script{
		"reading": func(ctx context.Context, h Host, _ string) (string, error) {
			if planning(h) {
				return "", nil
			}
			<-ctx.Done()
			return "", ctx.Err()
		},
		"an effect": func(ctx context.Context, h Host, _ string) (string, error) {
			return "", h.Apply(ctx, &effect.Exec{Args: []string{"sleep", "600"}, UndoArgs: []string{"true"}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newWorkbench(t, step("put a", "")+step("wait", `timeout = "50ms"`), map[string]script{"wait": wait})
			o := b.run(context.Background())
			b.wantStatus(o, StatusRolledBack)
			if o.Cause == nil || !strings.Contains(o.Cause.Error(), "timeout of 50ms") {
				t.Errorf("cause = %v, want that the timeout was met", o.Cause)
			}
			b.wantFiles("original")
		})
	}
}

func TestOnFailure(t *testing.T) {
	tests := []struct {
		policy string
		status Status
		files  []string
	}{
		{"rollback", StatusRolledBack, []string{"original"}},
		{"stop", StatusPaused, []string{"a", "b", "original"}},
		{"continue", StatusDone, []string{"a", "c", "original"}},
	}
	for _, tt := range tests {
		t.Run(tt.policy, func(t *testing.T) {
			b := newWorkbench(t, step("put a", "")+step("fail", "on_failure = \""+tt.policy+"\"")+step("put c", ""), nil)
			b.scripts["fail"] = failing(b.put("b"))
			b.wantStatus(b.run(context.Background()), tt.status)
			b.wantFiles(tt.files...)
		})
	}
}

func TestResumeAfterOnFailureStop(t *testing.T) {
	b := newWorkbench(t, step("put a", "")+step("fail", `on_failure = "stop"`)+step("put c", ""), nil)
	b.scripts["fail"] = failing(b.put("b"))
	b.wantStatus(b.run(context.Background()), StatusPaused)
	b.scripts["fail"] = b.put("b") // the person mended the cause
	b.wantStatus(b.resume(), StatusDone)
	b.wantFiles("a", "b", "c", "original")
	b.wantStatus(b.rollBack(""), StatusRolledBack)
	b.wantFiles("original")
}

func TestFailureBeforeAnyChange(t *testing.T) {
	b := newWorkbench(t, step("check", "")+step("put a", ""), nil)
	b.scripts["check"] = failing(func(context.Context, Host, string) (string, error) { return "", nil })
	o := b.run(context.Background())
	b.wantStatus(o, StatusFailed)
	b.wantFiles("original")
	if _, err := b.engine.Resume(context.Background(), o.Run, Inputs{}); !refused(err) {
		t.Errorf("resume says %v, want that the run is over", err)
	}
	b.scripts["check"] = b.put("b") // a finished run holds nothing
	b.wantStatus(b.run(context.Background()), StatusDone)
}

func refused(err error) bool {
	var r *RefusedError
	return errors.As(err, &r)
}

// An undo that fails leaves all that stands on it, says so, and is gone on with
// when a person has mended the cause.
func TestUndoFails(t *testing.T) {
	b := newWorkbench(t, step("put a", "")+step("set aside", "")+step("put b", "")+step("fail", ""), nil)
	b.scripts["set aside"] = func(ctx context.Context, h Host, _ string) (string, error) {
		return "", h.Apply(ctx, b.rename("original", "kept"))
	}
	elsewhere := t.TempDir() + "/kept"
	b.scripts["fail"] = failing(func(_ context.Context, h Host, _ string) (string, error) {
		if planning(h) {
			return "", nil
		}
		return "", os.Rename(b.path("kept"), elsewhere) // by somebody else
	})
	o := b.run(context.Background())
	b.wantStatus(o, StatusIncomplete)
	if !errors.Is(o.Cause, errFake) || len(o.Left) != 2 ||
		!strings.Contains(o.Left[0], b.path("kept")) || !strings.Contains(o.Left[1], b.path("a")+": not yet taken back") {
		t.Errorf("cause %v, left %q; want the rename, and the copy before it", o.Cause, o.Left)
	}
	b.wantFiles("a")
	if _, err := b.engine.Resume(context.Background(), o.Run, Inputs{}); !refused(err) {
		t.Errorf("resume says %v, want that a person is needed", err)
	}
	b.wantStatus(b.rollBack(""), StatusIncomplete)

	if err := os.Rename(elsewhere, b.path("kept")); err != nil {
		t.Fatal(err)
	}
	b.wantStatus(b.rollBack(""), StatusRolledBack)
	b.wantFiles("original")
	if _, err := b.engine.RollBack(context.Background(), o.Run, "", Inputs{}); !refused(err) {
		t.Errorf("rolling back twice says %v", err)
	}
}
