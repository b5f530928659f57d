package main

import (
	"fmt"
	"path/filepath"
	"time"

	"redbook/runbook"
)

// runs shows a list of runs, one a line.
func (t *textView) runs(list []runbook.RunSummary) {
	if len(list) == 0 {
		t.line("There are no runs yet.")
		return
	}
	const row = "%-20s  %-11s  %-16s  %-8s  %s"
	t.line("%s", t.bold(fmt.Sprintf(row, "RUN", "STATUS", "BEGAN", "BY", "RUNBOOK")))
	for _, r := range list {
		if r.Problem != "" {
			t.line("%-20s  %s", r.ID, t.red("unreadable"))
			t.wrapped("  ", r.Problem)
			continue
		}
		began := r.Began.Local().Format("2006-01-02 15:04")
		t.line(row, r.ID, r.Status, began, person(r), pathWord(filepath.Base(r.Runbook)))
	}
}

// person is who ran it: the one behind sudo, if there is one.
func person(r runbook.RunSummary) string { return r.Actor.Person() }

// run shows one run, change by change.
func (t *textView) run(d *runbook.RunDetail) {
	t.line("%s", t.bold("Run "+d.ID+" is "+string(d.Status)))
	t.line("  runbook %s", pathWord(d.Runbook))
	t.wrapped("  by      ", fmt.Sprintf("%s@%s, pid %d, redbook %s", person(d.RunSummary), d.Actor.Host, d.Actor.PID, d.Actor.Version))
	t.line("  began   %s", d.Began.Local().Format(time.DateTime))
	if !d.Ended.IsZero() {
		t.line("  ended   %s", d.Ended.Local().Format(time.DateTime))
	}
	t.line("")
	for _, step := range d.Steps {
		t.line("%s", t.bold(label(step)))
		for _, e := range d.Effects {
			if e.Step == step {
				t.change(e.Change)
				t.state(e)
			}
		}
		if step == d.Failed && d.Status != runbook.StatusDone {
			t.wrapped("  "+t.red("failed: "), d.Cause)
		}
	}
}

func (t *textView) state(e runbook.EffectDetail) {
	switch {
	case e.Settled != "":
		t.line("    (%s, says %s)", e.State, e.Settled)
	case e.State != "done":
		t.line("    (%s)", e.State)
	}
}

// undoable shows what a roll-back would take back, and what it would leave.
func (t *textView) undoable(id string, list, settled []runbook.EffectDetail) {
	for _, e := range settled {
		t.line("%s", t.bold("Settled by hand, and left as it is now"))
		t.change(e.Change)
	}
	t.line("%s", t.bold("Roll-back of run "+id+", newest change first"))
	for _, e := range list {
		t.change(e.Change)
	}
	if len(list) == 0 {
		t.line("  nothing is to be taken back")
	}
}
