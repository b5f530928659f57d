package steps_test

import (
	"strings"
	"testing"
)

func TestStopServiceExample(t *testing.T) { scenario{path: "stop_service.hcl"}.test(t) }

func TestStopServiceArguments(t *testing.T) {
	testArguments(t, "stop-service", []argumentCase{
		{"", ""},
		{"force = true", "force"},
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
