package main

import (
	"strings"

	"redbook/runbook"
	"redbook/runbook/journal"
)

// A progressView tells a person what a run does as it does it.
type progressView struct {
	world    *world
	text     *textView // stdout: how it ended
	progress *textView // stderr: what happens
}

func (v *progressView) event(e runbook.Event) {
	p := v.progress
	switch e.Type {
	case journal.StepBegin:
		p.line("%s", p.bold(label(e.Step)))
	case journal.Done:
		p.change(*e.Change)
	case journal.StepEnd:
		if e.Status == "skipped" {
			p.line("%s", p.dim(label(e.Step)+" (skipped)"))
		}
	case journal.StepFail:
		p.wrapped("  failed: ", e.Error)
	case "retry":
		p.line("  attempt %d", e.Attempt)
	case journal.RollBack:
		p.line("%s", p.bold("rolling back"))
	case journal.Undone:
		p.wrapped("  undo ", e.Change.Action+" "+e.Change.Target+" "+e.Change.Detail)
		for _, n := range e.Notes {
			p.wrapped("    . ", n)
		}
	case journal.UndoFailed:
		p.wrapped("  not undone: ", e.Error)
	case "note":
		for _, n := range e.Notes {
			p.wrapped("  . ", n)
		}
	}
}

// label is a step's address as people say it.
func label(address string) string {
	return strings.Replace(strings.TrimPrefix(address, "step."), ".", " ", 1)
}

func (v *progressView) outcome(o *runbook.Outcome) {
	t := v.text
	t.line("")
	switch o.Status {
	case runbook.StatusDone:
		t.line("%s", t.bold("Done."))
		t.outputs(o.Values)
		if o.Cause != nil {
			t.wrapped("The outputs could not be worked out: ", o.Cause.Error())
		}
		t.command("To take it back:", v.world.rerun("rollback", o.Run))
	case runbook.StatusRolledBack:
		if o.Cause == nil {
			t.because("Rolled back; everything is as it was.", o)
			return
		}
		t.because("The run failed and was rolled back; everything is as it was.", o)
		t.command("To see what happened:", v.world.rerun("runs show", o.Run))
	case runbook.StatusFailed:
		t.because("The run failed before anything was touched.", o)
		t.command("To see what happened:", v.world.rerun("runs show", o.Run))
	case runbook.StatusPaused, runbook.StatusInterrupted:
		t.because("The run is "+string(o.Status)+".", o)
		t.command("To take it back:", v.world.rerun("rollback", o.Run))
		t.command("To go on:", v.world.rerun("resume", o.Run))
	case runbook.StatusIncomplete:
		t.because("The roll-back is incomplete: a person is needed.", o)
		for _, l := range o.Left {
			t.wrapped("  left: ", l)
		}
		t.command("When that is mended:", v.world.rerun("rollback", o.Run))
	}
}

// failedPlan has nothing to add: the plan itself was shown.
func (*progressView) failedPlan(*runbook.Plan) {}

// because says how a run ended, where and why.
func (t *textView) because(what string, o *runbook.Outcome) {
	t.wrapped("", t.bold(what))
	if o.Step != "" {
		t.line("  step: %s", label(o.Step))
	}
	if cause := causeOf(o); cause != "" && cause != runbook.ErrInterrupted.Error() {
		t.wrapped("  cause: ", cause)
	}
	for _, n := range o.Notes {
		t.wrapped("  note: ", n)
	}
}

func (t *textView) command(why, line string) {
	t.line("%s", why)
	t.line("  %s", line)
}
