package steps_test

import (
	"os"
	"path/filepath"
	"testing"

	"redbook/runbook"
)

func TestEnableAOFExample(t *testing.T) {
	scenario{
		path: "enable_aof.hcl",
		ran:  func(t *testing.T, m *machine, _ *runbook.Outcome) { wantAppendOnly(t, m, "yes") },
		back: setAside,
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
	if path := filepath.Join(m.Data, "appendonlydir"); exists(t, path) {
		t.Errorf("%s outlives the roll-back in its place, where the next start with AOF would load it", path)
	}

	// An old AOF would be taken for the server's own history, and deleted.
	if err := os.Rename(filepath.Join(m.Data, "appendonlydir.redbook-"+o.Run), filepath.Join(m.Data, "appendonlydir")); err != nil {
		t.Fatal(err)
	}
	m.fails(t, `step "enable-aof" "on" {}`, "step.enable-aof.on", "an old AOF stands at")
}
