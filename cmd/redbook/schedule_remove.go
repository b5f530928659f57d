package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"redbook/internal/schedule"
)

func newScheduleRemove(w *world) *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME|RUNBOOK",
		Short: "Take a schedule away; a run that is under way goes on",
		Args:  operands(1, 1, "one NAME or RUNBOOK"),
		ValidArgsFunction: func(c *cobra.Command, args []string, _ string) (names []string, _ cobra.ShellCompDirective) {
			list, err := w.scheduleFiles(c.Context())
			if err != nil || len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			for _, s := range list {
				names = append(names, s.Name+"\t"+s.Calendar+": "+s.Runbook)
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error { return w.scheduleRemove(c.Context(), args[0]) },
	}
}

func (w *world) scheduleRemove(ctx context.Context, which string) error {
	s, err := w.findSchedule(ctx, which)
	if err != nil {
		return err
	}
	if !s.own && os.Geteuid() != 0 {
		return fmt.Errorf("the schedule %s is root's: use sudo", s.Name)
	}
	v := newTextView(w.stdout, w.color(w.stdout))
	if s.By == byCron {
		if err := removeCron(ctx, s); err != nil {
			return err
		}
		v.removed(s)
		return nil
	}
	var files []*scheduleFile
	for _, path := range s.Files {
		f := &scheduleFile{path: path}
		if err := f.read(); err != nil {
			return err
		}
		if _, ours := schedule.ParseMeta(f.old); f.old != "" && !ours {
			return fmt.Errorf("redbook did not write %s, and takes nothing of this schedule away: move the file away, then do this again", path)
		}
		files = append(files, f)
	}
	t, err := openTimers(ctx)
	if err != nil {
		return err
	}
	defer t.bus.Close()
	st, err := t.status(ctx, s.Name)
	if err != nil {
		return err
	}
	if err := t.remove(ctx, s.Name, files); err != nil {
		return err
	}
	s.running = st.running
	v.removed(s)
	return nil
}

// findSchedule finds the one schedule of a name or, where none has that name, of a runbook.
func (w *world) findSchedule(ctx context.Context, which string) (*scheduled, error) {
	list, err := w.scheduleFiles(ctx)
	if err != nil {
		return nil, err
	}
	path, err := filepath.Abs(which)
	if err != nil {
		return nil, err
	}
	var named, running []*scheduled
	var names []string
	for _, s := range list {
		if s.Name == which {
			named = append(named, s)
		}
		if s.Runbook == path {
			running = append(running, s)
			names = append(names, s.Name)
		}
	}
	if len(named) == 0 {
		named = running
	}
	if at := slices.IndexFunc(named, func(s *scheduled) bool { return s.own }); at >= 0 && len(named) > 1 && named[at].Name == which {
		named = named[at : at+1] // root may have one of that name too
	}
	switch len(named) {
	case 0:
		return nil, fmt.Errorf("there is no schedule %s, by name or by runbook: redbook schedule list shows those that are there", which)
	case 1:
		return named[0], nil
	}
	return nil, fmt.Errorf("several schedules run %s: name one of %s", which, strings.Join(names, ", "))
}

// notScheduledBy refuses a name that is taken elsewhere than where the schedule is to be: the
// runbook might run twice, and the name would mean two.
func (w *world) notScheduledBy(ctx context.Context, name, by string, own bool) error {
	list, err := w.scheduleFiles(ctx)
	if err != nil {
		return err
	}
	for _, s := range list {
		if s.Name == name && (s.By != by || s.own != own) {
			return fmt.Errorf("the schedule %s is there already, by %s (%s): take it away first: redbook schedule remove %s",
				name, s.By, strings.Join(s.Files, ", "), shellQuote(name))
		}
	}
	return nil
}
