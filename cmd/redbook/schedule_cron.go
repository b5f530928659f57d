package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"redbook/internal/schedule"
)

const cronDirectory = "/etc/cron.d"

// addCron writes root's schedule into a file of its own, and another user's into the user's
// crontab.
func (w *world) addCron(ctx context.Context, s *scheduledRun, o *scheduleOptions) error {
	c, err := schedule.ParseCron(s.meta.Calendar)
	if err != nil {
		return err
	}
	command, err := schedule.CronCommand(shellJoin(s.argv))
	if err != nil {
		return err
	}
	f := &scheduleFile{path: filepath.Join(cronDirectory, schedule.CronFile(s.meta.Name)), text: schedule.CronText(s.meta, c, command)}
	var own schedule.UserCrontab
	if os.Geteuid() == 0 {
		err = w.checkFiles(s.meta, []*scheduleFile{f})
	} else {
		own, err = readCrontab(ctx)
		f = &scheduleFile{path: userCrontab(), text: schedule.Entry(s.meta, c, command), old: own.Lookup(s.meta.Name)}
		if there, ours := schedule.ParseMeta(f.old); err == nil && ours {
			err = sameSchedule(s.meta, there)
		}
	}
	if err != nil {
		return err
	}
	v := newTextView(w.stdout, w.color(w.stdout))
	if o.dryRun {
		v.wouldWrite([]*scheduleFile{f})
		return nil
	}
	if err := w.notScheduledBy(ctx, s.meta.Name, byCron, os.Geteuid() != 0); err != nil {
		return err
	}
	if f.changes() {
		if os.Geteuid() == 0 {
			err = writeCronFile(f)
		} else {
			err = writeCrontab(ctx, own.With(s.meta.Name, f.text))
		}
	}
	if err != nil {
		return err
	}
	v.added(s.meta, []*scheduleFile{f}, f.changes(), c.Next(time.Now()))
	return nil
}

func writeCronFile(f *scheduleFile) error {
	if _, err := os.Stat(cronDirectory); err != nil {
		return fmt.Errorf("there is no %s: install cron, or leave --cron out", cronDirectory)
	}
	return f.put(f.text)
}

// userCrontab is how messages name the crontab that crontab(1) keeps for this user.
func userCrontab() string {
	if u, err := user.Current(); err == nil {
		return "the crontab of " + u.Username
	}
	return fmt.Sprintf("the crontab of user id %d", os.Geteuid())
}

// readCrontab asks crontab(1), which answers a user who has none with an error.
func readCrontab(ctx context.Context) (schedule.UserCrontab, error) {
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "crontab", "-l")
	cmd.Stderr = &stderr
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.Output()
	if err != nil && strings.HasPrefix(stderr.String(), "no crontab for ") {
		return "", nil
	}
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "", fmt.Errorf("read your crontab: %w: install cron", err)
	case err != nil:
		return "", fmt.Errorf("read your crontab: %w: %s", err, strings.TrimSpace(stderr.String()))
	}
	return schedule.UserCrontab(out), nil
}

// writeCrontab has crontab(1) replace the crontab, which it does whole.
func writeCrontab(ctx context.Context, u schedule.UserCrontab) error {
	cmd := exec.CommandContext(ctx, "crontab", "-")
	cmd.Stdin = strings.NewReader(string(u))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("write your crontab: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// cronSchedules are those of /etc/cron.d and, for another user than root, those of the user.
func cronSchedules(ctx context.Context) ([]*scheduled, error) {
	list, err := fileSchedules(cronDirectory, "redbook-*", func(m schedule.Meta, path string) *scheduled {
		return &scheduled{Meta: m, By: byCron, Files: []string{path}}
	})
	if err != nil || os.Geteuid() == 0 {
		return list, err
	}
	own, err := readCrontab(ctx)
	if errors.Is(err, exec.ErrNotFound) {
		return list, nil
	}
	for _, m := range own.Schedules() {
		list = append(list, &scheduled{Meta: m, By: byCron, Files: []string{userCrontab()}, own: true})
	}
	return list, err
}

// removeCron takes a schedule away; a run that is under way goes on.
func removeCron(ctx context.Context, s *scheduled) error {
	if !s.own {
		return (&scheduleFile{path: s.Files[0]}).put("")
	}
	own, err := readCrontab(ctx)
	if err != nil {
		return err
	}
	return writeCrontab(ctx, own.With(s.Name, ""))
}
