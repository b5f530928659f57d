package main

import (
	"fmt"
	"strings"
	"time"

	"redbook/runbook"
	"redbook/runbook/journal"
)

// A progressView tells a person what a run does as it does it.
type progressView struct {
	world    *world
	text     *textView // stdout: how it ended
	progress *textView // stderr: what happens
	since    time.Time // when the change in hand began
	told     time.Time // when its progress was told last
}

// worthTelling is how long a change takes before its duration is of interest.
const worthTelling = 2 * time.Second

// progressEvery is how often the progress of a change is told.
const progressEvery = 5 * time.Second

func (v *progressView) event(e runbook.Event) {
	p := v.progress
	switch e.Type {
	case journal.StepBegin:
		p.line("%s", p.bold(label(e.Step)))
	case journal.Intent:
		p.change(*e.Change)
		v.since, v.told = e.Time, time.Time{}
	case journal.Done:
		if d := e.Time.Sub(v.since); d >= worthTelling {
			p.line("    done in %s", d.Round(time.Second))
		}
	case "progress":
		if e.Time.Sub(v.told) >= progressEvery {
			v.told = e.Time
			p.line("    %s", p.dim(fmt.Sprintf("%s of %s", bytesText(e.Progress.Done), bytesText(e.Progress.Total))))
		}
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
		p.words("  undo ", changeWords(*e.Change))
		for _, n := range e.Notes {
			p.wrapped("    . ", n)
		}
	case journal.Settled:
		p.line("settled by hand: change %d, %s", e.Effect, label(e.Step))
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
	t, again := v.text, v.world.given()+":"
	t.line("")
	switch o.Status {
	case runbook.StatusDone:
		t.line("%s", t.bold("Done."))
		t.outputs(o.Values)
		if o.Cause != nil {
			t.wrapped("The outputs could not be worked out: ", o.Cause.Error())
		}
		t.command("To take it back"+again, v.world.rerun("rollback", o.Run))
	case runbook.StatusRolledBack:
		v.rolledBack(o)
	case runbook.StatusFailed:
		t.because("The run failed before anything was touched.", o)
		t.command("When that is mended"+again, v.world.same())
	case runbook.StatusPaused, runbook.StatusInterrupted:
		what := "The run is " + string(o.Status) + "."
		if o.Cause == nil {
			what = "Rolled back up to this step; the run is paused before it."
		}
		t.because(what, o)
		t.command("To take everything back"+again, v.world.rerun("rollback", o.Run))
		t.command("To go on"+again, v.world.rerun("resume", o.Run))
	case runbook.StatusIncomplete:
		t.because("The roll-back is incomplete: a person is needed.", o)
		for _, l := range o.Left {
			t.wrapped("  left: ", l)
		}
		v.world.incomplete(t, o.Run)
	}
}

func (v *progressView) rolledBack(o *runbook.Outcome) {
	as := "everything is as it was."
	if len(o.Settled) > 0 {
		as = "everything is as it was but for what was settled."
	}
	if o.Cause == nil {
		v.text.because("Rolled back; "+as, o)
		return
	}
	v.text.because("The run failed and was rolled back; "+as, o)
	v.text.command("To see what happened:", v.world.look(o.Run))
	if v.world.repeatable {
		v.text.command("When that is mended"+v.world.given()+":", v.world.same())
	}
}

// failedPlan says how to try again; the plan itself was shown.
func (v *progressView) failedPlan(*runbook.Plan) { v.world.mendPlan() }

// because says how a run ended, where and why.
func (t *textView) because(what string, o *runbook.Outcome) {
	t.wrapped("", t.bold(what))
	if o.Step != "" {
		t.line("  step: %s", label(o.Step))
	}
	if cause := causeOf(o); cause != "" && cause != runbook.ErrInterrupted.Error() {
		t.wrapped("  cause: ", cause)
	}
	for _, s := range o.Settled {
		t.wrapped("  settled by hand: ", s)
	}
	for _, n := range o.Notes {
		t.wrapped("  note: ", n)
	}
}

func (t *textView) command(why, line string) {
	t.line("%s", why)
	t.line("  %s", line)
}
