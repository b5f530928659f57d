package steps_test

import (
	"path/filepath"
	"testing"

	"redbook/runbook"
)

func TestEnableAOFExample(t *testing.T) {
	scenario{
		path:  "enable_aof.hcl",
		ran:   func(t *testing.T, m *machine, _ *runbook.Outcome) { wantAppendOnly(t, m, "yes") },
		stays: []string{"appendonlydir"},
	}.test(t)
}

func TestEnableAOFArguments(t *testing.T) {
	testArguments(t, "enable-aof", []argumentCase{
		{"", ""},
		{"wait = true", "wait"},
	})
}

// No write is lost: the AOF holds all before redis.conf says yes.
func TestEnableAOF(t *testing.T) {
	m := newMachine(t)
	m.Do(t, "SET", "unsaved", "yes")
	data := m.digest(t)
	l := m.steps(t, `step "enable-aof" "on" {}`)
	o := l.done(t, l.runnable(t))
	wantAppendOnly(t, m, "yes")
	m.Kill(t)
	m.Start(t)
	if m.digest(t) != data {
		t.Error("after a crash the AOF does not hold all data")
	}
	m.rollBack(t, o.Run)
	wantAppendOnly(t, m, "no")

	// The AOF that the roll-back left would be taken for the server's own history.
	if !exists(t, filepath.Join(m.Data, "appendonlydir")) {
		t.Fatal("the roll-back removed the AOF")
	}
	m.fails(t, `step "enable-aof" "on" {}`, "step.enable-aof.on", "an old AOF stands at")
}
