package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"redbook/internal/safefs"
	"redbook/internal/schedule"
)

const unitDirectory = "/etc/systemd/system"

// A scheduleFile is a file of a schedule: what is there and what is to be there.
type scheduleFile struct {
	path string
	text string // "" takes it away
	old  string // "" is no file
}

func (f *scheduleFile) changes() bool { return f.text != f.old }

// read looks at what is there. What is no regular file has no text that is ours.
func (f *scheduleFile) read() error {
	info, err := os.Lstat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return notOurs(f.path)
	}
	content, err := os.ReadFile(f.path)
	if err != nil {
		return err
	}
	if f.old = string(content); f.old == "" {
		return notOurs(f.path)
	}
	return nil
}

func notOurs(path string) error {
	return fmt.Errorf("redbook did not write %s, and leaves it alone: choose another name with --name, or move the file away", path)
}

// put makes the file what it is to be, durably.
func (f *scheduleFile) put(text string) error {
	if text != "" {
		return safefs.WriteFile(f.path, []byte(text), safefs.Attr{Mode: 0o644, UID: -1, GID: -1})
	}
	dir, name, err := safefs.Split(f.path)
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := dir.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return dir.Sync()
}

// unitFiles are the files of a timer, which comes last: its file is what lists it.
func unitFiles(dir string, service schedule.Service, timer schedule.Timer) ([]*scheduleFile, error) {
	serviceText, err := service.Text()
	if err != nil {
		return nil, err
	}
	timerText, err := timer.Text()
	if err != nil {
		return nil, err
	}
	return []*scheduleFile{
		{path: filepath.Join(dir, schedule.ServiceName(service.Meta.Name)), text: serviceText},
		{path: filepath.Join(dir, schedule.TimerName(timer.Meta.Name)), text: timerText},
	}, nil
}

// checkFiles refuses to write over what others wrote, and over the schedule of another
// runbook.
func (w *world) checkFiles(m schedule.Meta, files []*scheduleFile) error {
	for _, f := range files {
		if err := f.read(); err != nil {
			return err
		}
		if f.old == "" {
			continue
		}
		there, ours := schedule.ParseMeta(f.old)
		if !ours {
			return notOurs(f.path)
		}
		if err := sameSchedule(m, there); err != nil {
			return err
		}
	}
	return nil
}

// sameSchedule refuses a schedule whose place another one has.
func sameSchedule(m, there schedule.Meta) error {
	if there.Name == m.Name && there.Runbook == m.Runbook {
		return nil
	}
	return fmt.Errorf("the schedule %s runs %s: choose another name with --name, or take that away first: redbook schedule remove %s",
		there.Name, there.Runbook, shellQuote(there.Name))
}
