package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/dbus"

	"redbook/internal/schedule"
)

// A unitBus is what schedules ask of systemd: these methods of *dbus.Conn.
type unitBus interface {
	ReloadContext(ctx context.Context) error
	EnableUnitFilesContext(ctx context.Context, files []string, runtime, force bool) (bool, []dbus.EnableUnitFileChange, error)
	DisableUnitFilesContext(ctx context.Context, files []string, runtime bool) ([]dbus.DisableUnitFileChange, error)
	RestartUnitContext(ctx context.Context, name, mode string, result chan<- string) (int, error)
	StopUnitContext(ctx context.Context, name, mode string, result chan<- string) (int, error)
	ResetFailedUnitContext(ctx context.Context, name string) error
	GetAllPropertiesContext(ctx context.Context, unit string) (map[string]any, error)
	Close()
}

// timers are the timers of the machine that redbook wrote.
type timers struct {
	bus    unitBus
	stamps string // where systemd keeps when persistent timers were due
}

func openTimers(ctx context.Context) (*timers, error) {
	bus, err := dbus.NewWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to systemd: %w", err)
	}
	return &timers{bus: bus, stamps: "/var/lib/systemd/timers"}, nil
}

// jobTime bounds a job of a timer, which has nothing to wait for, and the way back.
const jobTime = time.Minute

// install writes a schedule's files, the timer last, and starts the timer. What it did is undone
// when that fails. Nothing changes where all is as it is to be.
func (t *timers) install(ctx context.Context, name string, files []*scheduleFile) (changed bool, err error) {
	for _, f := range files {
		if err := t.checkFragment(ctx, f.path); err != nil {
			return false, err
		}
		changed = changed || f.changes()
	}
	was, err := t.status(ctx, name)
	if err != nil || !changed && was.enabled && was.active {
		return false, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.restore(ctx, name, files, was))
		}
	}()
	for _, f := range files {
		if err := f.put(f.text); err != nil {
			return true, err
		}
	}
	if err := t.bus.ReloadContext(ctx); err != nil {
		return true, fmt.Errorf("reload systemd: %w", err)
	}
	for _, f := range files {
		if err := t.checkLoaded(ctx, filepath.Base(f.path)); err != nil {
			return true, err
		}
	}
	return true, t.start(ctx, schedule.TimerName(name))
}

// checkFragment refuses a unit that stands elsewhere, and that a file of ours would hide.
func (t *timers) checkFragment(ctx context.Context, path string) error {
	properties, err := t.bus.GetAllPropertiesContext(ctx, filepath.Base(path))
	if err != nil {
		return fmt.Errorf("look for %s: %w", filepath.Base(path), err)
	}
	if at, _ := properties["FragmentPath"].(string); at != "" && at != path {
		return notOurs(at)
	}
	return nil
}

func (t *timers) checkLoaded(ctx context.Context, unit string) error {
	properties, err := t.bus.GetAllPropertiesContext(ctx, unit)
	if err != nil {
		return fmt.Errorf("load %s: %w", unit, err)
	}
	if state, _ := properties["LoadState"].(string); state != "loaded" {
		return fmt.Errorf("systemd does not take %s (%s): see journalctl -b _PID=1", unit, state)
	}
	return nil
}

// start enables a timer and starts it, anew when it runs: so it goes by its new calendar.
func (t *timers) start(ctx context.Context, timer string) error {
	if _, _, err := t.bus.EnableUnitFilesContext(ctx, []string{timer}, false, true); err != nil {
		return fmt.Errorf("enable %s: %w", timer, err)
	}
	if err := t.bus.ReloadContext(ctx); err != nil {
		return fmt.Errorf("reload systemd: %w", err)
	}
	return t.restart(ctx, timer)
}

func (t *timers) restart(ctx context.Context, timer string) error {
	return awaitJob(ctx, "start "+timer, func(ctx context.Context, result chan<- string) error {
		_, err := t.bus.RestartUnitContext(ctx, timer, "replace", result)
		return err
	})
}

// awaitJob queues a job and waits for its end.
func awaitJob(ctx context.Context, what string, queue func(context.Context, chan<- string) error) error {
	ctx, cancel := context.WithTimeout(ctx, jobTime)
	defer cancel()
	result := make(chan string, 1)
	if err := queue(ctx, result); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	select {
	case r := <-result:
		if r != "done" {
			return fmt.Errorf("%s: systemd ended the job as %q", what, r)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", what, ctx.Err())
	}
}

// restore puts files and timer back as they were.
func (t *timers) restore(ctx context.Context, name string, files []*scheduleFile, was timerStatus) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), jobTime)
	defer cancel()
	timer := schedule.TimerName(name)
	var all []error
	if !was.active {
		all = append(all, t.stop(ctx, timer))
	}
	if !was.enabled {
		_, err := t.bus.DisableUnitFilesContext(ctx, []string{timer}, false)
		all = append(all, err)
	}
	for _, f := range files {
		all = append(all, f.put(f.old))
	}
	all = append(all, t.bus.ReloadContext(ctx))
	if was.active {
		all = append(all, t.restart(ctx, timer))
	}
	if err := errors.Join(all...); err != nil {
		return fmt.Errorf("put back what was there: %w", err)
	}
	return nil
}

// stop ends a timer; one that systemd does not know has ended.
func (t *timers) stop(ctx context.Context, timer string) error {
	properties, err := t.bus.GetAllPropertiesContext(ctx, timer)
	if err != nil {
		return fmt.Errorf("stop %s: %w", timer, err)
	}
	if state, _ := properties["ActiveState"].(string); state == "inactive" {
		return nil
	}
	return awaitJob(ctx, "stop "+timer, func(ctx context.Context, result chan<- string) error {
		_, err := t.bus.StopUnitContext(ctx, timer, "replace", result)
		return err
	})
}

// remove ends a timer and takes the files away; a run that is under way goes on.
func (t *timers) remove(ctx context.Context, name string, files []*scheduleFile) error {
	timer := schedule.TimerName(name)
	if err := t.stop(ctx, timer); err != nil {
		return err
	}
	if _, err := t.bus.DisableUnitFilesContext(ctx, []string{timer}, false); err != nil && !strings.Contains(err.Error(), "does not exist") {
		return fmt.Errorf("disable %s: %w", timer, err)
	}
	for _, f := range files {
		if err := f.put(""); err != nil {
			return err
		}
	}
	// Else a schedule of the same name would begin by making up for what was due meanwhile.
	os.Remove(filepath.Join(t.stamps, "stamp-"+timer))
	if err := t.bus.ReloadContext(ctx); err != nil {
		return fmt.Errorf("reload systemd: %w", err)
	}
	// A service that failed would stay in systemd's list; one that did not is not known any more.
	_ = t.bus.ResetFailedUnitContext(ctx, schedule.ServiceName(name))
	return nil
}

// A timerStatus is what systemd says of a schedule.
type timerStatus struct {
	enabled, active bool
	next, last      time.Time
	running         bool // a run is under way
	result          string
	exit            int
	ended           time.Time // of the last run since the boot
}

// status asks for both units; those that are not there are neither enabled nor active.
func (t *timers) status(ctx context.Context, name string) (timerStatus, error) {
	timer, err := t.bus.GetAllPropertiesContext(ctx, schedule.TimerName(name))
	if err != nil {
		return timerStatus{}, fmt.Errorf("ask for %s: %w", schedule.TimerName(name), err)
	}
	service, err := t.bus.GetAllPropertiesContext(ctx, schedule.ServiceName(name))
	if err != nil {
		return timerStatus{}, fmt.Errorf("ask for %s: %w", schedule.ServiceName(name), err)
	}
	var s timerStatus
	s.enabled = timer["UnitFileState"] == "enabled"
	s.active = timer["ActiveState"] == "active"
	s.next, s.last = microseconds(timer["NextElapseUSecRealtime"]), microseconds(timer["LastTriggerUSec"])
	s.running = service["ActiveState"] == "activating"
	s.result, _ = service["Result"].(string)
	exit, _ := service["ExecMainStatus"].(int32)
	s.exit, s.ended = int(exit), microseconds(service["ExecMainExitTimestamp"])
	return s, nil
}

// microseconds reads a time of systemd; 0 and the greatest number are none.
func microseconds(v any) time.Time {
	n, _ := v.(uint64)
	if n == 0 || n > 1<<62 {
		return time.Time{}
	}
	return time.UnixMicro(int64(n))
}
