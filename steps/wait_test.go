package steps_test

import (
	"testing"

	"redbook/runbook"
)

func TestWaitExample(t *testing.T) {
	scenario{
		path: "wait.hcl",
		ran: func(t *testing.T, m *machine, o *runbook.Outcome) {
			if got := m.outputs(t, o.Run, "step.wait.no-save")["value"]; got != "0" {
				t.Errorf("value = %v, want 0", got)
			}
		},
	}.test(t)
}

func TestWaitArguments(t *testing.T) {
	testArguments(t, "wait", []argumentCase{
		{`field = "loading"
		  equals = "0"`, ""},
		{`field = "connected_slaves"
		  at_least = 1
		  at_most = 3
		  interval = "10ms"`, ""},
		{`field = "loading"`, "give at least one of them"},
		{`field = "loading"
		  equals = "0"
		  interval = "1ms"`, "below 10ms"},
		{`equals = "0"`, "field"},
	})
}

func TestWait(t *testing.T) {
	m := newMachine(t)

	// What is not so yet, a plan cannot tell; the run waits for it.
	l := m.steps(t, `
step "wait" "lists" {
  field    = "number_of_cached_scripts"
  at_least = 1
  interval = "10ms"
}
output "value" { value = step.wait.lists.value }
`)
	p := l.runnable(t)
	if p.Steps[0].Undecided == "" {
		t.Errorf("the plan decides %+v", p.Steps[0])
	}
	begun := make(chan struct{})
	m.engine.Observe = func(e runbook.Event) {
		if e.Type == "step-begin" {
			close(begun)
		}
	}
	go func() {
		<-begun
		m.Client(t).Eval(t.Context(), "return 1", nil)
	}()
	o := l.done(t, p)
	m.engine.Observe = nil
	if got := m.outputs(t, o.Run, "step.wait.lists")["value"]; got != "1" {
		t.Errorf("value = %v, want 1", got)
	}

	m.fails(t, `step "wait" "x" {
  field    = "redis_version"
  at_least = 1
}`, "step.wait.x", "is no number")

	l = m.steps(t, `step "wait" "x" {
  field    = "number_of_cached_scripts"
  equals   = "1000"
  interval = "10ms"
  timeout  = "100ms"
}`)
	o = l.run(t, l.runnable(t))
	if o.Status != runbook.StatusFailed || o.Cause == nil {
		t.Errorf("a wait in vain is %s: %v", o.Status, o.Cause)
	}
}
