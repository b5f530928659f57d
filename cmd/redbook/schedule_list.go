package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"redbook/internal/schedule"
	"redbook/runbook"
	"redbook/runbook/journal"
)

// What runs a schedule.
const (
	bySystemd = "systemd"
	byCron    = "cron"
)

// A scheduled is a schedule that is there.
type scheduled struct {
	schedule.Meta
	By     string    `json:"by"`
	Files  []string  `json:"files"` // what remove takes away
	Active bool      `json:"active"`
	Next   time.Time `json:"next,omitzero"`
	Last   time.Time `json:"last,omitzero"`
	Result string    `json:"result,omitempty"` // of the last run
	Run    string    `json:"run,omitempty"`    // its id

	own     bool // it is in the user's own crontab
	running bool
}

func newScheduleList(w *world) *cobra.Command {
	asJSON := false
	c := &cobra.Command{
		Use:   "list",
		Short: "List schedules, when each is due, and how its last run ended",
		Args:  operands(0, 0, ""),
		RunE: func(c *cobra.Command, _ []string) error {
			list, err := w.schedules(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return w.printJSON(list)
			}
			newTextView(w.stdout, w.color(w.stdout)).schedules(list)
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// schedules are those of this machine, by name.
func (w *world) schedules(ctx context.Context) ([]*scheduled, error) {
	list, err := w.scheduleFiles(ctx)
	if err != nil || len(list) == 0 {
		return []*scheduled{}, err
	}
	if err := w.askTimers(ctx, list); err != nil {
		return nil, err
	}
	now := time.Now()
	for _, s := range list {
		w.lastRun(s)
		if c, err := schedule.ParseCron(s.Calendar); s.By == byCron && err == nil {
			s.Active, s.Next = true, c.Next(now)
		}
	}
	return list, nil
}

// scheduleFiles finds schedules by the files that they consist of.
func (w *world) scheduleFiles(ctx context.Context) ([]*scheduled, error) {
	list, err := fileSchedules(unitDirectory, "redbook-*.timer", func(m schedule.Meta, path string) *scheduled {
		return &scheduled{Meta: m, By: bySystemd, Files: []string{filepath.Join(unitDirectory, schedule.ServiceName(m.Name)), path}}
	})
	if err != nil {
		return nil, err
	}
	others, err := cronSchedules(ctx)
	if err != nil {
		return nil, err
	}
	list = append(list, others...)
	slices.SortStableFunc(list, func(a, b *scheduled) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// fileSchedules makes a schedule of each file in a directory that says whose it is.
func fileSchedules(dir, pattern string, of func(m schedule.Meta, path string) *scheduled) (list []*scheduled, err error) {
	paths, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
			continue
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("list schedules: %w", err)
		}
		if m, ours := schedule.ParseMeta(string(content)); ours {
			list = append(list, of(m, path))
		}
	}
	return list, nil
}

// askTimers asks systemd how its schedules stand.
func (w *world) askTimers(ctx context.Context, list []*scheduled) error {
	if !slices.ContainsFunc(list, func(s *scheduled) bool { return s.By == bySystemd }) {
		return nil
	}
	t, err := openTimers(ctx)
	if err != nil {
		return err
	}
	defer t.bus.Close()
	for _, s := range list {
		if s.By != bySystemd {
			continue
		}
		st, err := t.status(ctx, s.Name)
		if err != nil {
			return err
		}
		s.Active, s.Next, s.Last, s.running = st.active, st.next, st.last, st.running
		switch {
		case st.running:
			s.Result = "running"
		case st.ended.IsZero():
		case st.result == "success":
			s.Result = "done"
		case st.result == "exit-code":
			s.Result = fmt.Sprintf("exit %d", st.exit)
		default:
			s.Result = st.result
		}
	}
	return nil
}

// exitResults are the words for the codes that a run ends with.
var exitResults = map[string]string{
	fmt.Sprintf("exit %d", exitRolledBack): string(runbook.StatusRolledBack), fmt.Sprintf("exit %d", exitIncomplete): string(runbook.StatusIncomplete),
	fmt.Sprintf("exit %d", exitPaused): string(runbook.StatusPaused), fmt.Sprintf("exit %d", exitInterrupted): string(runbook.StatusInterrupted),
	fmt.Sprintf("exit %d", exitHeld): "server held", fmt.Sprintf("exit %d", exitCheck): "check failed",
}

// lastRun looks the runbook's last run up in the journals: where systemd says how it ended,
// the last one that ended like that. One that began nothing has no journal.
func (w *world) lastRun(s *scheduled) {
	if words := exitResults[s.Result]; words != "" {
		s.Result = words
	}
	dir := s.StateDir
	if dir == "" && (s.By == bySystemd || !s.own) {
		dir = "/var/lib/redbook"
	} else if dir == "" {
		dir = w.stateDirectory()
	}
	if _, err := os.Stat(filepath.Join(dir, "runs")); err != nil {
		return // there was no run, or it is not for this user to see
	}
	store, err := journal.Open(dir)
	if err != nil {
		return
	}
	e := w.planner()
	e.Store = store
	runs, err := e.Runs()
	at := slices.IndexFunc(runs, func(r runbook.RunSummary) bool {
		return r.Runbook == s.Runbook && (s.Result == "" || s.Result == string(r.Status))
	})
	if err != nil || at < 0 {
		return
	}
	s.Result, s.Run = string(runs[at].Status), runs[at].ID
	if s.Last.IsZero() {
		s.Last = runs[at].Began
	}
}
