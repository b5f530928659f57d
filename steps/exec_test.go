package steps_test

import (
	"path/filepath"
	"strings"
	"testing"

	"redbook/runbook"
	"redbook/runbook/effect"
)

func TestExecExample(t *testing.T) {
	mark := func(m *machine) string { return filepath.Join(m.backups, "maintenance") }
	scenario{
		path:  "exec.hcl",
		given: func(m *machine) map[string]string { return map[string]string{"directory": m.backups} },
		ran: func(t *testing.T, m *machine, _ *runbook.Outcome) {
			if !exists(t, mark(m)) {
				t.Error("the command did not run")
			}
		},
		back: func(t *testing.T, m *machine, _ *runbook.Outcome) {
			if exists(t, mark(m)) {
				t.Error("the command was not taken back")
			}
		},
	}.test(t)
}

func TestExecArguments(t *testing.T) {
	testArguments(t, "exec", []argumentCase{
		{`argv = ["true"]`, ""},
		{`argv = ["true"]
		  dir = "/tmp"
		  undo = ["true"]`, ""},
		{`argv = []`, "names no program"},
		{`argv = [""]`, "names no program"},
		{`argv = ["true"]
		  dir = "tmp"`, "give an absolute path"},
		{`argv = "rm -rf"`, "argv"},
	})
}

func TestExec(t *testing.T) {
	m := newMachine(t)
	// No shell reads the arguments; what is printed is known only in the run.
	l := m.steps(t, `
step "exec" "print" { argv = ["printf", "%s", "$HOME; rm *"] }
output "printed" { value = step.exec.print.stdout }
`)
	p := l.runnable(t)
	if got := p.PointOfNoReturn(); got != "step.exec.print" || p.Steps[0].Changes[0].Class != effect.Irreversible {
		t.Errorf("point of no return is %q", got)
	}
	o := l.done(t, p)
	if got := o.Values[0].Value.AsString(); got != "$HOME; rm *" {
		t.Errorf("printed %q", got)
	}
	back, err := m.engine.RollBack(t.Context(), o.Run, "", runbook.Inputs{})
	if err != nil || back.Status != runbook.StatusIncomplete || !strings.Contains(strings.Join(back.Left, "\n"), "names no undo command") {
		t.Errorf("taking back what cannot be: %+v, %v", back, err)
	}

	m.engine = newEngine(t, t.TempDir()) // the unfinished run holds the server
	l = m.steps(t, `step "exec" "fail" {
  argv = ["sh", "-c", "echo made >> `+m.backups+`/made; echo reason >&2; exit 3"]
  undo = ["rm", "-f", "`+m.backups+`/made"]
}`)
	o = l.run(t, l.runnable(t))
	if o.Status != runbook.StatusRolledBack || !strings.Contains(o.Cause.Error(), "reason") {
		t.Errorf("a failing command: %s, %v", o.Status, o.Cause)
	}
	if exists(t, m.backups+"/made") {
		t.Error("what the failed command made is still there")
	}
}
