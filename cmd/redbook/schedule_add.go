package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"redbook/internal/schedule"
	"redbook/runbook/journal"
)

func (w *world) scheduleAdd(ctx context.Context, path string, o *scheduleOptions) error {
	s, err := w.scheduledRun(path, o)
	if err != nil {
		return err
	}
	if o.cron {
		return w.addCron(ctx, s, o)
	}
	return w.addTimer(ctx, s, o)
}

// addTimer writes a service and its timer, and enables the timer.
func (w *world) addTimer(ctx context.Context, s *scheduledRun, o *scheduleOptions) error {
	if err := checkCalendar(ctx, s.meta.Calendar); err != nil {
		return err
	}
	if err := canSchedule(o); err != nil {
		return err
	}
	sp, err := w.planScheduled(ctx, s)
	if err != nil {
		return err
	}
	service := schedule.Service{Meta: s.meta, Argv: s.argv, After: sp.after, OnFailure: o.onFailure, Credentials: s.credentials, Sandbox: sp.sandbox}
	timer := schedule.Timer{Meta: s.meta, Delay: o.delay}
	files, err := unitFiles(unitDirectory, service, timer)
	if err != nil {
		return err
	}
	if err := w.checkFiles(s.meta, files); err != nil {
		return err
	}
	w.scheduleNotes(sp)
	v := newTextView(w.stdout, w.color(w.stdout))
	if o.dryRun {
		v.wouldWrite(files)
		return nil
	}
	if err := w.notScheduledBy(ctx, s.meta.Name, bySystemd, false); err != nil {
		return err
	}
	if err := s.makeState(); err != nil {
		return err
	}
	t, err := openTimers(ctx)
	if err != nil {
		return err
	}
	defer t.bus.Close()
	changed, err := t.install(ctx, s.meta.Name, files)
	if err != nil {
		return fmt.Errorf("%w\nnothing is scheduled that was not before", err)
	}
	st, err := t.status(ctx, s.meta.Name)
	if err != nil {
		return err
	}
	v.added(s.meta, files, changed, st.next)
	return nil
}

// canSchedule tells whether this user can have timers on this machine.
func canSchedule(o *scheduleOptions) error {
	if o.dryRun {
		return nil
	}
	if _, err := os.Stat("/run/systemd/system"); err != nil { // sd_booted(3)
		return errors.New("systemd does not run this machine: add --cron")
	}
	if os.Geteuid() != 0 {
		return errors.New("the timers of systemd are root's: use sudo, or add --cron for a crontab of your own")
	}
	return nil
}

// checkCalendar asks systemd-analyze. Where there is none, systemd itself says what is wrong.
func checkCalendar(ctx context.Context, calendar string) error {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		return nil
	}
	out, err := exec.CommandContext(ctx, analyze, "calendar", "--", calendar).CombinedOutput()
	if err == nil {
		return nil
	}
	why := strings.TrimSpace(string(out))
	if _, err := schedule.ParseCron(calendar); err == nil {
		return fmt.Errorf("--calendar %q is for cron: add --cron, or write it as *-*-* 03:30:00 for systemd", calendar)
	}
	return fmt.Errorf("--calendar %q: %s; write it as daily, Mon..Fri 03:00 or *-*-01 04:30:00, and see systemd.time(7)", calendar, why)
}

// makeState makes the state directory where the service is confined to directories that
// are there.
func (s *scheduledRun) makeState() error {
	if s.meta.StateDir == "" {
		return nil
	}
	_, err := journal.Open(s.meta.StateDir)
	return err
}
