package local

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"
)

// start queues a start job. A unit that failed, or that hit its start limit, is
// reset before: systemd would refuse it.
func (u *unit) start(ctx context.Context) (attempt, error) {
	before, err := u.properties(ctx)
	if err != nil {
		return nil, err
	}
	bus, err := u.systemd.get()
	if err != nil {
		return nil, err
	}
	if before.activeState == "deactivating" {
		return nil, errStopping // a start job would wait behind the stop
	}
	if before.looping() {
		if err := u.giveUp(ctx); err != nil {
			return nil, err
		}
	} else if before.activeState == "failed" {
		if err := bus.ResetFailedUnitContext(ctx, u.name); err != nil {
			return nil, fmt.Errorf("reset %s: %w", u.name, err)
		}
	}
	a := &unitAttempt{unit: u, ran: before.execMainPID, running: before.mainPID != 0, result: make(chan string, 1), began: time.Now()}
	if _, err := bus.StartUnitContext(ctx, u.name, "replace", a.result); err != nil {
		return nil, fmt.Errorf("start %s: %w", u.name, err)
	}
	return a, nil
}

// giveUp stops a unit that systemd starts again and again, and clears its failure.
func (u *unit) giveUp(ctx context.Context) error {
	err := u.stop(ctx)
	bus, dialErr := u.systemd.get()
	if dialErr != nil {
		return errors.Join(err, dialErr)
	}
	if now, stateErr := u.properties(ctx); stateErr == nil && now.activeState == "failed" {
		err = errors.Join(err, bus.ResetFailedUnitContext(ctx, u.name))
	}
	return err
}

// A unitAttempt watches a start job and, behind it, the main process: with
// Type=simple the job is done before the server has read its config, and with
// Restart=always a server that ends is started again.
type unitAttempt struct {
	unit    *unit
	ran     int  // ExecMainPID before the start
	running bool // the unit ran already; then ran is no earlier process
	first   int  // the main process of this start; 0 until it is seen
	result  chan string
	done    bool
	began   time.Time
}

func (a *unitAttempt) check(ctx context.Context) (bool, error) {
	select {
	case r := <-a.result:
		if err := a.jobError(ctx, r); err != nil {
			return false, err
		}
		a.done = true
	default:
	}
	now, err := a.unit.properties(ctx)
	if err != nil {
		return false, err
	}
	if now.looping() || now.activeState == "failed" {
		return false, fmt.Errorf("unit %s failed: %s", a.unit.name, now.why())
	}
	if pid := now.execMainPID; pid != 0 && (pid != a.ran || a.running) {
		if a.first == 0 {
			a.first = pid
		}
		if pid != a.first {
			return false, fmt.Errorf("unit %s ended and was started again: %s", a.unit.name, now.why())
		}
	}
	// Where the signal of the job's end was missed, its absence tells.
	ended := a.done || now.jobID == 0
	if ended && now.down() {
		return false, fmt.Errorf("unit %s ended: %s", a.unit.name, now.why())
	}
	return a.done || ended && now.activeState == "active", nil
}

// jobError words what a start job can end as, besides "done" (systemd's
// JobRemoved signal).
func (a *unitAttempt) jobError(ctx context.Context, result string) error {
	now, _ := a.unit.properties(ctx)
	switch result {
	case "done":
		return nil
	case "timeout":
		return fmt.Errorf("unit %s: start job timed out: %s", a.unit.name, now.why())
	case "dependency":
		return fmt.Errorf("unit %s: a unit that it needs failed: see systemctl list-dependencies %s", a.unit.name, a.unit.name)
	case "canceled":
		return fmt.Errorf("unit %s: somebody cancelled the start", a.unit.name)
	}
	return fmt.Errorf("unit %s: start job %s: %s", a.unit.name, result, now.why())
}

// output asks the journal from the moment of the start on, to the microsecond:
// what an earlier start failed of a moment ago must not explain this one. It also
// has what the server prints about its config; it is "" where there is no journal
// or it may not be read.
func (a *unitAttempt) output(ctx context.Context) string {
	sync := exec.CommandContext(ctx, "journalctl", "--sync") // the last words of the unit may be on their way
	sync.Env = minimalEnv()
	_ = sync.Run() // others than root may not, and read what is there
	cmd := exec.CommandContext(ctx, "journalctl", "-u", a.unit.name, "--since", fmt.Sprintf("@%d.%06d", a.began.Unix(), a.began.Nanosecond()/1000),
		"-n", fmt.Sprint(logLines), "-o", "cat", "--no-pager", "-q")
	cmd.Env = minimalEnv()
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	return string(out)
}

// cleanUpTime bounds the stop of a failed unit after the start's own time is over.
const cleanUpTime = 30 * time.Second

func (a *unitAttempt) close(ctx context.Context, cameUp bool) error {
	if cameUp {
		return nil
	}
	now, err := a.unit.properties(ctx)
	if err != nil {
		return err
	}
	if now.looping() || now.activeState == "failed" || now.activeState == "activating" && (now.restarts > 0 || now.mainPID == 0) {
		ctx, cancel := context.WithTimeout(ctx, cleanUpTime)
		defer cancel()
		return a.unit.giveUp(ctx)
	}
	return nil
}
