package runbook

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"redbook/runbook/host"
)

// crash is what a panic carries out of a run: nothing of the engine's own
// runs after it, as after a SIGKILL.
type crash struct{}

// crashing runs f until it crashes; it tells whether it did.
func crashing(f func()) (crashed bool) {
	defer func() {
		r := recover()
		if _, is := r.(crash); r != nil && !is {
			panic(r)
		}
		crashed = r != nil
	}()
	f()
	return false
}

// crashSteps has every sort of step: one effect, several, none, a rename of
// what was there, a step that is skipped.
func crashSteps(t *testing.T) *workbench {
	b := newWorkbench(t, step("put a", "")+step("aside", "")+step("check", "")+step("skipped", "when = false")+step("several", "")+
		step("end", "input = step.script.aside.value"), nil)
	b.scripts["aside"] = func(ctx context.Context, h Host, _ string) (string, error) {
		return "kept", h.Apply(ctx, b.rename("original", "kept"))
	}
	b.scripts["check"] = func(context.Context, Host, string) (string, error) { return "", nil }
	b.scripts["several"] = func(ctx context.Context, h Host, _ string) (string, error) {
		for _, name := range []string{"b", "c"} {
			if err := h.Apply(ctx, b.copy(name)); err != nil {
				return "", err
			}
		}
		return "", h.Apply(ctx, b.rename("c", "d"))
	}
	b.scripts["end"] = func(_ context.Context, _ Host, input string) (string, error) {
		if input != "kept" {
			return "", fmt.Errorf("input is %q", input)
		}
		return "", nil
	}
	return b
}

var crashFiles = []string{"a", "b", "d", "kept"}

// TestCrashAfterEveryRecord kills a run right after each record of its
// journal, and after each change to the machine, and then resumes it, or takes
// it back.
func TestCrashAfterEveryRecord(t *testing.T) {
	for _, place := range []string{"record", "change"} {
		for n := 1; ; n++ {
			if !crashOnce(t, place, n, (*workbench).resumeAndCheck) {
				break
			}
			crashOnce(t, place, n, (*workbench).rollBackAndCheck)
			if n > 100 {
				t.Fatal("the run does not end")
			}
		}
	}
}

// crashOnce crashes at the nth record or change and then goes on; it is false
// when the run has ended before.
func crashOnce(t *testing.T, place string, n int, goOn func(*workbench)) bool {
	t.Helper()
	b := crashSteps(t)
	count := func() {
		if n--; n == 0 {
			panic(crash{})
		}
	}
	if place == "record" {
		b.each = func(Event) { count() }
	} else {
		b.wrap = func(m Machine) Machine { return &crashMachine{m, count} }
	}
	crashed := crashing(func() { b.run(context.Background()) })
	b.each, b.wrap = nil, nil
	if crashed {
		goOn(b)
	}
	return crashed
}

func (b *workbench) resumeAndCheck() {
	b.t.Helper()
	if d, err := b.engine.ShowRun(b.last()); err != nil || d.Status.Finished() {
		b.wantStatus(&Outcome{Status: StatusDone}, StatusDone) // killed after the last record
	} else {
		b.wantStatus(b.resume(), StatusDone)
	}
	b.wantFiles(crashFiles...)
	b.wantStatus(b.rollBack(""), StatusRolledBack)
	b.wantFiles("original")
}

func (b *workbench) rollBackAndCheck() {
	b.t.Helper()
	b.wantStatus(b.rollBack(""), StatusRolledBack)
	b.wantFiles("original")
}

// A crashMachine counts its changes once they are made: a crash then comes
// before the journal says that they are.
type crashMachine struct {
	Machine
	count func()
}

func (m *crashMachine) CopyFile(ctx context.Context, from, to string, a host.Attr) (host.Digest, error) {
	d, err := m.Machine.CopyFile(ctx, from, to, a)
	m.count()
	return d, err
}

func (m *crashMachine) Rename(ctx context.Context, from, to string) error {
	err := m.Machine.Rename(ctx, from, to)
	m.count()
	return err
}

func (m *crashMachine) Remove(ctx context.Context, path string) error {
	err := m.Machine.Remove(ctx, path)
	m.count()
	return err
}

// TestCrashWhileRollingBack kills a roll-back after each of its records and
// changes; the next one ends it.
func TestCrashWhileRollingBack(t *testing.T) {
	for _, place := range []string{"record", "change"} {
		for n := 1; ; n++ {
			b := crashSteps(t)
			b.run(context.Background())
			left := n
			count := func() {
				if left--; left == 0 {
					panic(crash{})
				}
			}
			if place == "record" {
				b.each = func(Event) { count() }
			} else {
				b.wrap = func(m Machine) Machine { return &crashMachine{m, count} }
			}
			crashed := crashing(func() { b.rollBack("") })
			b.each, b.wrap = nil, nil
			if !crashed {
				break
			}
			if d, err := b.engine.ShowRun(b.last()); err == nil && d.Status != StatusRolledBack {
				if _, err := b.newEngine().Resume(context.Background(), b.last(), Inputs{}); !refused(err) {
					t.Errorf("%s %d: resuming half a roll-back says %v", place, n, err)
				}
				b.rollBackAndCheck()
			}
			b.wantFiles("original")
		}
	}
}

// TestFullDisk makes each record of the journal in turn the one for which
// there is no room. The run ends there, nothing further is done, and it can be
// gone on with when there is room again.
func TestFullDisk(t *testing.T) {
	ignored := make(chan os.Signal, 1)
	signal.Notify(ignored, unix.SIGXFSZ) // as write(2) fails then instead
	defer signal.Stop(ignored)
	for n := 2; ; n++ { // the first record is the run's own beginning
		b := crashSteps(t)
		records, changes := 0, 0
		b.wrap = func(m Machine) Machine { return &crashMachine{m, func() { changes++ }} }
		var undo func()
		atLimit := -1
		b.each = func(Event) {
			if records++; records == n-1 {
				undo = limitFileSize(t, filepath.Join(b.state, "runs", b.last(), "journal.jsonl"))
				atLimit = changes
			}
		}
		o, err := b.engine.Run(context.Background(), b.runbook, b.vars, b.plan())
		if undo != nil {
			undo()
		}
		b.each, b.wrap = nil, nil
		if err != nil {
			t.Fatalf("record %d: %v", n, err)
		}
		if o.Status == StatusDone {
			break
		}
		if o.Status != StatusInterrupted || !errors.Is(o.Cause, unix.EFBIG) {
			t.Errorf("record %d: the outcome is %s: %v", n, o.Status, o.Cause)
		}
		if changes > atLimit+1 {
			t.Errorf("record %d: %d changes after the journal was full, want at most the one in hand", n, changes-atLimit)
		}
		b.resumeAndCheck()
		if n > 100 {
			t.Fatal("the run does not end")
		}
	}
}

// limitFileSize lets no file grow beyond the present size of one.
func limitFileSize(t *testing.T, path string) (undo func()) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	limit := unix.Rlimit{Cur: uint64(info.Size()) + 10, Max: old.Max} // a torn line
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCrashWhileRollingBackToStep kills a partial roll-back after each of its
// records and changes; the run can be resumed all the same.
func TestCrashWhileRollingBackToStep(t *testing.T) {
	for _, place := range []string{"record", "change"} {
		for n := 1; ; n++ {
			b := crashSteps(t)
			b.run(context.Background())
			left := n
			count := func() {
				if left--; left == 0 {
					panic(crash{})
				}
			}
			if place == "record" {
				b.each = func(Event) { count() }
			} else {
				b.wrap = func(m Machine) Machine { return &crashMachine{m, count} }
			}
			crashed := crashing(func() { b.rollBack("script.aside") })
			b.each, b.wrap = nil, nil
			b.wantStatus(b.resume(), StatusDone)
			b.wantFiles(crashFiles...)
			b.rollBackAndCheck()
			if !crashed {
				break
			}
			if t.Failed() {
				t.Fatalf("%s %d", place, n)
			}
		}
	}
}
