package steps_test

import (
	"strings"
	"testing"
)

func TestStartExample(t *testing.T) { scenario{path: "start.hcl"}.test(t) }

func TestStartArguments(t *testing.T) {
	testArguments(t, "start", []argumentCase{
		{"", ""},
		{"allow_empty = true", ""},
		{`allow_empty = "perhaps"`, "allow_empty"},
		{`timeout = "soon"`, "timeout"},
	})
}

func TestStart(t *testing.T) {
	m := newMachine(t)
	data := m.digest(t)

	serves := m.steps(t, `step "start" "redis" {}`)
	p := serves.runnable(t)
	if p.Effects() != 0 || !strings.Contains(notes(p, "step.start.redis"), "serves already") {
		t.Errorf("starting a server that serves: %d effects, notes %q", p.Effects(), notes(p, "step.start.redis"))
	}

	m.Stop(t)
	l := m.steps(t, `step "start" "redis" {}`)
	o := l.done(t, l.runnable(t))
	if got := m.digest(t); got != data {
		t.Error("the server started with another dataset")
	}
	m.rollBack(t, o.Run)
	if pid := m.PID(); pid != 0 {
		t.Errorf("after the roll-back process %d runs, as none did before", pid)
	}

	const losesData = `
step "start" "first" {}
step "stop-service" "redis" {}
step "rename" "dump" {
  from = redis.main.dump
  to   = "${redis.main.dump}.old"
}
step "start" "redis" { allow_empty = ALLOW }
`
	m.fails(t, strings.Replace(losesData, "ALLOW", "false", 1), "step.start.redis", "would start empty")
	l = m.steps(t, strings.Replace(losesData, "ALLOW", "true", 1))
	o = l.done(t, l.runnable(t))
	if got := m.Do(t, "DBSIZE"); got != int64(0) {
		t.Errorf("the server that was meant to start empty has %v keys", got)
	}
	m.rollBack(t, o.Run)
	m.Start(t)
	if got := m.digest(t); got != data {
		t.Error("after the roll-back the dataset is another")
	}
}
