package steps_test

import (
	"bytes"
	"strings"
	"testing"

	"redbook/internal/redistest"
)

func TestStopServiceExample(t *testing.T) { scenario{path: "stop_service.hcl"}.test(t) }

func TestStopServiceArguments(t *testing.T) {
	testArguments(t, "stop-service", []argumentCase{
		{"", ""},
		{"force = true", "force"},
		{"save = false", ""},
		{`save = "perhaps"`, "save"},
	})
}

func TestStopService(t *testing.T) {
	m := newMachine(t)
	was := m.state(t)
	l := m.steps(t, `step "stop-service" "redis" {}`)
	o := l.done(t, l.runnable(t))
	if pid := m.PID(); pid != 0 {
		t.Fatalf("process %d still runs", pid)
	}

	again := m.steps(t, `step "stop-service" "again" {}`)
	p := again.runnable(t)
	if p.Effects() != 0 || !strings.Contains(notes(p, "step.stop-service.again"), "stopped already") {
		t.Errorf("stopping a stopped server: %d effects, notes %q", p.Effects(), notes(p, "step.stop-service.again"))
	}

	m.rollBack(t, o.Run)
	m.compareState(t, was)
}

// TestStopServiceWithoutSave stops a server with save points and its AOF on: the
// dump stays as it was, nothing is lost, and the next start has the save points.
func TestStopServiceWithoutSave(t *testing.T) {
	m := newMachine(t, redistest.WithAOF())
	dump := read(t, m.dump())
	m.Do(t, "SET", "late", "v")
	was := m.state(t)
	l := m.steps(t, `
step "stop-service" "redis" {
  save = false
}
step "start" "redis" {}`)
	p := l.runnable(t)
	o := l.done(t, p)
	if !bytes.Equal(read(t, m.dump()), dump) {
		t.Error("the server wrote its dump as it ended")
	}
	if got := m.Do(t, "GET", "late"); got != "v" {
		t.Errorf("late is %v", got)
	}
	if got := m.Do(t, "CONFIG", "GET", "save").([]any)[1]; got == "" {
		t.Error("the server that was started has no save points")
	}
	m.rollBack(t, o.Run)
	m.compareState(t, was)
}

func TestStopServiceWithoutSaveOrAOF(t *testing.T) {
	m := newMachine(t)
	l := m.steps(t, `
step "stop-service" "redis" {
  save = false
}`)
	if f := l.plan(t).Failed(); f == nil || !strings.Contains(f.Failure, "its AOF is off") {
		t.Errorf("got %+v", f)
	}
}
