package steps_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redbook/internal/redistest"
	"redbook/internal/sshtest"
	"redbook/runbook"
)

var oneServer = map[string][]redistest.Option{"aof off": nil}

// A far is another machine for tests: an sshd of this one, and a directory.
type far struct {
	*sshtest.Server
	dir string
}

func newFar(t *testing.T) far {
	t.Helper()
	return far{sshtest.Start(t), t.TempDir()}
}

// variables are those of the runbooks that move a file.
func (f far) variables(backup, directory string) map[string]string {
	return map[string]string{"host": sshtest.Host, "ssh_config": f.Config, "backup": backup, "directory": directory}
}

// step is a push of a file.
func (f far) step(from, to, more string) string {
	return fmt.Sprintf("step \"push\" \"x\" {\n  from = %q\n  host = %q\n  to = %q\n  ssh_config = %q\n  %s\n}", from, sshtest.Host, to, f.Config, more)
}

// wantCopy wants exactly one file in a directory, the same as another.
func wantCopy(t *testing.T, dir, of string) {
	t.Helper()
	names := entries(t, dir)
	if len(names) != 1 || !bytes.Equal(read(t, filepath.Join(dir, names[0])), read(t, of)) {
		t.Errorf("there is %q, want a copy of %s", names, of)
	}
}

func wantNothing(t *testing.T, dir string) {
	t.Helper()
	if names := entries(t, dir); len(names) > 0 {
		t.Errorf("%q is left", names)
	}
}

func TestPushExamples(t *testing.T) {
	for _, path := range []string{"push.hcl", "../runbooks/push-backup.hcl"} {
		f := newFar(t)
		scenario{
			path: path, servers: oneServer,
			given: func(m *machine) map[string]string { return f.variables(m.backup, f.dir) },
			ran:   func(t *testing.T, m *machine, _ *runbook.Outcome) { wantCopy(t, f.dir, m.backup) },
			back:  func(t *testing.T, _ *machine, _ *runbook.Outcome) { wantNothing(t, f.dir) },
		}.test(t)
	}
}

func TestPushArguments(t *testing.T) {
	testArguments(t, "push", []argumentCase{
		{`from = "/a"
		  host = "user@host"
		  to = "/b"
		  if_exists = "rotate"
		  ssh_config = "/c"`, ""},
		{`from = "a"
		  host = "host"
		  to = "/b"`, "give an absolute path"},
		{`from = "/a"
		  host = "host"
		  to = "b"`, "give an absolute path"},
		{`from = "/a"
		  host = "-oProxyCommand=true"
		  to = "/b"`, "option"},
		{`from = "/a"
		  host = "ssh://user:secret@host"
		  to = "/b"`, "password"},
		{`from = "/a"
		  host = "host"
		  to = "/b"
		  mode = "rw"`, "octal"},
		{`from = "/a"
		  to = "/b"`, "host"},
	})
}

// What can be known of the other machine is known in the plan.
func TestPushRefuses(t *testing.T) {
	m, f := newMachine(t), newFar(t)
	taken, sparse := filepath.Join(f.dir, "taken"), filepath.Join(t.TempDir(), "sparse")
	write(t, taken, []byte("another"))
	write(t, sparse, nil)
	if err := os.Truncate(sparse, 15<<40); err != nil {
		t.Fatal(err)
	}
	m.fails(t, f.step(m.backup, taken, ""), "step.push.x", "never overwrites")
	m.fails(t, f.step(m.backup, f.dir+"/none/file", ""), "step.push.x", "make that directory first")
	m.fails(t, f.step(m.backup+"x", f.dir+"/file", ""), "step.push.x", "no such file")
	if failed := m.steps(t, f.step(sparse, f.dir+"/file", "")).plan(t).Failed(); failed == nil || !strings.Contains(failed.Failure, "no room at far:"+f.dir) {
		t.Errorf("a file that is too large for that disk: %+v", failed)
	}
	f.Forget(t)
	m.fails(t, f.step(m.backup, f.dir+"/file", ""), "step.push.x", "Host key verification failed")
	f.Stop()
	m.fails(t, f.step(m.backup, f.dir+"/file", ""), "step.push.x", "Connection refused")
	if names := entries(t, f.dir); len(names) != 1 {
		t.Errorf("the plans left %q there", names)
	}
}

// A second push of the same file does nothing; of another it makes room if it may.
func TestPushAgain(t *testing.T) {
	t.Parallel() // it waits most of its time
	m, f := newMachine(t), newFar(t)
	from, to := filepath.Join(m.backups, "source"), filepath.Join(f.dir, "target")
	write(t, from, []byte("one"))
	push := func(content string) *runbook.Outcome {
		write(t, from, []byte(content))
		l := m.steps(t, f.step(from, to, `if_exists = "rotate"`))
		p := l.runnable(t)
		o := l.done(t, p)
		m.comparePlan(t, p, o.Run)
		return o
	}
	push("one")
	if o := push("one"); m.effects(t, o.Run) != 0 || m.outputs(t, o.Run, "step.push.x")["size"] != 3.0 {
		t.Errorf("the same file again: %d effects", m.effects(t, o.Run))
	}
	push("two")
	last := push("three")
	for path, want := range map[string]string{to: "three", to + ".1": "two", to + ".2": "one"} {
		if got := string(read(t, path)); got != want {
			t.Errorf("%s holds %q, want %q", path, got, want)
		}
	}
	m.rollBack(t, last.Run)
	if got := string(read(t, to)); got != "two" || len(entries(t, f.dir)) != 2 {
		t.Errorf("after the roll-back it holds %q, and there is %q", got, entries(t, f.dir))
	}
}

// A plan knows what an earlier step of it pushes.
func TestPushTwiceInOnePlan(t *testing.T) {
	m, f := newMachine(t), newFar(t)
	other := filepath.Join(m.backups, "other")
	write(t, other, []byte("other"))
	second := strings.Replace(f.step(other, f.dir+"/file", ""), `"x"`, `"y"`, 1)
	m.fails(t, f.step(m.backup, f.dir+"/file", "")+"\n"+second, "step.push.y", "never overwrites")
}

// A run whose transfer breaks off is resumed, or takes back what it left.
func TestPushBrokenOff(t *testing.T) {
	const size = 6 << 20
	for name, then := range map[string]func(t *testing.T, m *machine, f far, o *runbook.Outcome){
		"resumed": func(t *testing.T, m *machine, f far, o *runbook.Outcome) {
			wentOn := int64(0)
			m.engine.Observe = func(e runbook.Event) {
				if e.Progress != nil && wentOn == 0 {
					wentOn = e.Progress.Done
				}
			}
			o, err := m.engine.Resume(context.Background(), o.Run, runbook.Inputs{})
			if err != nil || o.Status != runbook.StatusDone {
				t.Fatalf("resume: %+v, %v", o, err)
			}
			wantCopy(t, f.dir, filepath.Join(m.backups, "large"))
			if wentOn < 1<<20 {
				t.Errorf("it went on at byte %d", wentOn)
			}
		},
		"rolled back": func(t *testing.T, m *machine, f far, o *runbook.Outcome) {
			m.rollBack(t, o.Run)
			wantNothing(t, f.dir)
		},
	} {
		t.Run(name, func(t *testing.T) {
			m, f := newMachine(t), newFar(t)
			large := filepath.Join(m.backups, "large")
			write(t, large, bytes.Repeat([]byte("redbook!"), size/8))
			l := m.steps(t, f.step(large, f.dir+"/file", `on_failure = "stop"`))
			p := l.runnable(t)
			f.CutAfter(size * 3 / 4)
			o := l.run(t, p)
			if o.Status != runbook.StatusPaused || !strings.Contains(o.Cause.Error(), "the connection was lost") {
				t.Fatalf("cut off, the run is %s: %v", o.Status, o.Cause)
			}
			f.CutAfter(0)
			then(t, m, f, o)
		})
	}
}
