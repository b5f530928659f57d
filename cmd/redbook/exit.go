package main

import (
	"errors"
	"fmt"
	"time"

	"redbook/runbook"
	"redbook/runbook/host"
	"redbook/runbook/journal"
)

// The exit codes are part of the contract; docs/cli.md lists them.
const (
	exitDone        = 0
	exitUsage       = 1
	exitChanges     = 2
	exitRolledBack  = 10
	exitIncomplete  = 11
	exitPaused      = 12
	exitInterrupted = 13
	exitStale       = 20
	exitHeld        = 21
	exitCheck       = 23
)

var statusExits = map[runbook.Status]int{
	runbook.StatusDone:        exitDone,
	runbook.StatusRolledBack:  exitRolledBack,
	runbook.StatusIncomplete:  exitIncomplete,
	runbook.StatusPaused:      exitPaused,
	runbook.StatusInterrupted: exitInterrupted,
	runbook.StatusFailed:      exitCheck,
}

// outcomeExit is the exit code of what was begun. A roll-back that was asked for
// and ended, of the whole run or up to a step, is no failure.
func outcomeExit(o *runbook.Outcome) int {
	if o.Cause == nil && (o.Status == runbook.StatusRolledBack || o.Status == runbook.StatusPaused) {
		return exitDone
	}
	return statusExits[o.Status]
}

// An exitError ends the process with a code and says nothing more.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// report prints an error, if it is one that nobody has printed, and returns
// the exit code.
func (w *world) report(err error) int {
	var code exitError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &code):
		return int(code)
	}
	var diags *runbook.DiagnosticsError
	if errors.As(err, &diags) {
		w.writeDiagnostics(diags)
	} else {
		newTextView(w.stderr, w.color(w.stderr)).wrapped("redbook: ", explain(err))
	}
	if w.events {
		(&jsonView{world: w}).line(errorLine{runbook.EventVersion, "error", err.Error(), exitCode(err)})
	}
	w.advise(err)
	return exitCode(err)
}

// explain is what an error says, without the commands that advise prints whole.
func explain(err error) string {
	var unfinished *runbook.UnfinishedError
	if errors.As(err, &unfinished) {
		return fmt.Sprintf("run %s is %s; it must be ended before this server is changed again\nbegun %s by %s",
			unfinished.Run, unfinished.Status, unfinished.Began.Local().Format(time.DateTime), unfinished.User)
	}
	var damaged *runbook.DamagedError
	if errors.As(err, &damaged) {
		return fmt.Sprintf("run %s cannot be read, and it may have left this server half way\n%v", damaged.Run, damaged.Err)
	}
	return err.Error()
}

func exitCode(err error) int {
	var (
		stale      *runbook.StaleError
		held       *journal.HeldError
		unfinished *runbook.UnfinishedError
		damaged    *runbook.DamagedError
		check      *runbook.CheckError
		start      *host.StartError
	)
	switch {
	case errors.As(err, &stale):
		return exitStale
	case errors.As(err, &held), errors.As(err, &unfinished), errors.As(err, &damaged):
		return exitHeld
	case errors.As(err, &check), errors.As(err, &start):
		return exitCheck
	}
	return exitUsage
}
