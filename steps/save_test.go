package steps_test

import (
	"testing"

	"redbook/runbook"
)

func TestSaveExample(t *testing.T) {
	scenario{
		path: "save.hcl",
		ran: func(t *testing.T, m *machine, o *runbook.Outcome) {
			if got := m.outputs(t, o.Run, "step.save.now")["path"]; got != m.dump() {
				t.Errorf("path = %v, want %s", got, m.dump())
			}
		},
	}.test(t)
}

func TestSaveArguments(t *testing.T) {
	testArguments(t, "save", []argumentCase{
		{"", ""},
		{"background = false", ""},
		{`background = "often"`, "background"},
		{"path = \"/dump.rdb\"", "path"},
	})
}

func TestSave(t *testing.T) {
	m := newMachine(t)
	for _, background := range []string{"true", "false"} {
		t.Run("background "+background, func(t *testing.T) {
			m.Do(t, "SET", "unsaved", background)
			l := m.steps(t, `step "save" "now" { background = `+background+` }`)
			l.done(t, l.runnable(t))
			m.Kill(t)
			m.Start(t)
			if got := m.Do(t, "GET", "unsaved"); got != background {
				t.Errorf("after a crash the key is %v, want %q", got, background)
			}
		})
	}
	t.Run("a server that is down", func(t *testing.T) {
		m.Stop(t)
		m.fails(t, `step "save" "now" {}`, "step.save.now", "start it first")
	})
}
