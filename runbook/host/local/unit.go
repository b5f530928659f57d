package local

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// A unit supervises a server through systemd.
type unit struct {
	systemd *systemdConn
	name    string
}

func newUnit(c *systemdConn, name string) *unit {
	if !strings.Contains(name, ".") {
		name += ".service"
	}
	return &unit{systemd: c, name: name}
}

// properties reads the unit's state; a unit that does not exist is an error.
func (u *unit) properties(ctx context.Context) (unitState, error) {
	bus, err := u.systemd.get()
	if err != nil {
		return unitState{}, err
	}
	properties, err := bus.GetAllPropertiesContext(ctx, u.name)
	if err != nil {
		return unitState{}, fmt.Errorf("read properties of %s: %w", u.name, err)
	}
	st := readUnitState(properties)
	switch st.loadState {
	case "loaded":
		return st, nil
	case "not-found":
		return st, fmt.Errorf("systemd has no unit %s: check service in the redis block (systemctl list-units '*redis*' '*valkey*')", u.name)
	case "masked":
		return st, fmt.Errorf("unit %s is masked: systemctl unmask %s", u.name, u.name)
	}
	return st, fmt.Errorf("unit %s could not be loaded (%s): see systemctl status %s", u.name, st.loadState, u.name)
}

func (u *unit) launch(ctx context.Context) (launch, error) {
	st, err := u.properties(ctx)
	if err != nil {
		return launch{}, err
	}
	return st.launch, nil
}

func (u *unit) status(ctx context.Context) (mainProcess, error) {
	st, err := u.properties(ctx)
	if err != nil {
		return mainProcess{}, err
	}
	return findProcess(st.mainPID), nil
}

// stop returns when systemd's job is done, no main process is left and the one
// that ran is gone. A unit that is being restarted again and again is stopped too.
func (u *unit) stop(ctx context.Context) error {
	before, err := u.properties(ctx)
	if err != nil {
		return err
	}
	ran := findProcess(before.mainPID)
	if before.down() && ran.pid == 0 {
		return nil
	}
	bus, err := u.systemd.get()
	if err != nil {
		return err
	}
	if before.subState == "stop-sigterm" {
		// The server refused SIGTERM once. systemd sends it no second time.
		if err := ran.signal(unix.SIGTERM); err != nil {
			return err
		}
	}
	result := make(chan string, 1)
	if _, err := bus.StopUnitContext(ctx, u.name, "replace", result); err != nil {
		return fmt.Errorf("stop %s: %w", u.name, err)
	}
	if err := u.awaitDown(ctx, ran, result); err != nil {
		return fmt.Errorf("stop %s: %w", u.name, err)
	}
	after, err := u.properties(ctx)
	if err != nil {
		return err
	}
	if after.result == "timeout" && before.result != "timeout" {
		return fmt.Errorf("stop %s: systemd killed it when TimeoutStopSec ended: what it had not saved is lost; "+
			"set TimeoutStopSec=infinity for the unit", u.name)
	}
	return nil
}

// awaitDown waits for the job's result and for the process to go. Properties are
// asked as well, since a signal of a job's end may be missed; they decide.
func (u *unit) awaitDown(ctx context.Context, ran mainProcess, result <-chan string) error {
	return poll(ctx, func() (bool, error) {
		select {
		case r := <-result:
			if r != "done" {
				return false, fmt.Errorf("systemd ended the job as %q", r)
			}
		default:
		}
		now, err := u.properties(ctx)
		if err != nil {
			return false, err
		}
		return now.down() && now.jobID == 0 && now.mainPID == 0 && !ran.lives(), nil
	})
}
