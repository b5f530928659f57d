package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"redbook/internal/schedule"
	"redbook/runbook"
	"redbook/runbook/effect"
)

// A scheduledPlan is what a plan of now says of the runs to come.
type scheduledPlan struct {
	sandbox schedule.Sandbox
	after   []string // the units of the servers
	open    []string // why it is not known where the runs write
}

// planScheduled plans the run in the environment that it will have. That something would
// fail now is no error: at night it may be otherwise.
func (w *world) planScheduled(ctx context.Context, s *scheduledRun) (*scheduledPlan, error) {
	e := w.planner()
	e.Getenv = s.getenv
	sp := &scheduledPlan{sandbox: schedule.Sandbox{OwnState: s.meta.StateDir == ""}}
	if !sp.sandbox.OwnState {
		sp.sandbox.Writable = []string{s.meta.StateDir}
	}
	p, err := e.Plan(ctx, s.runbook, s.vars)
	var diags *runbook.DiagnosticsError
	switch {
	case errors.As(err, &diags):
		return nil, err
	case isLocked(err):
		return nil, fmt.Errorf("%w\nthe environment of this shell is not that of the run: add --credential redis-password=FILE, of a file with mode 0600", err)
	case err != nil:
		sp.open, err = []string{err.Error()}, nil
	default:
		err = sp.read(p)
	}
	sp.sandbox.Open = len(sp.open) > 0
	sp.sandbox.SharedTmp = mentionsTmp(p) || mentionsTmp(s.argv) || mentionsTmp(string(s.runbook.Source))
	return sp, err
}

// unchanging are the kinds of steps that change nothing, whatever they find.
var unchanging = []string{"check-topology", "verify-dataset", "verify-dump", "verify-key", "wait", "wait-replicas"}

// read takes from a plan what the sandbox must allow.
func (sp *scheduledPlan) read(p *runbook.Plan) error {
	byProcess := map[string]bool{}
	for _, s := range p.Servers {
		byProcess[s.Server.Name] = s.Server.Service == ""
		if s.Server.Service != "" {
			unit, err := schedule.CompleteUnit(s.Server.Service)
			if err != nil {
				return err
			}
			sp.after = append(sp.after, unit)
		}
	}
	slices.Sort(sp.after)
	sp.after = slices.Compact(sp.after)
	for _, step := range p.Steps {
		kind := strings.Split(step.Address, ".")[1]
		switch {
		case step.Failure != "":
			sp.open = append(sp.open, fmt.Sprintf("%s would fail now: %s", step.Address, step.Failure))
		case step.Undecided != "" && len(step.Effects) == 0 && !slices.Contains(unchanging, kind):
			sp.open = append(sp.open, fmt.Sprintf("what %s does is decided in the run: %s", step.Address, step.Undecided))
		}
		for i, enc := range step.Effects {
			e, err := effect.Decode(enc)
			if err != nil {
				return err
			}
			if start, ok := e.(*effect.Start); ok && byProcess[start.Redis] {
				return fmt.Errorf("%s starts redis.%s itself, and systemd ends that server together with the run: run the server by a unit (service), or add --cron", step.Address, start.Redis)
			}
			sp.allow(step.Address, e, step.Changes[i])
		}
	}
	return nil
}

func (sp *scheduledPlan) allow(step string, e effect.Effect, c effect.Change) {
	switch e.(type) {
	case *effect.Exec, *effect.Push, *effect.Fetch, *effect.RemoteRename: // ssh, and what its configuration names
		sp.sandbox.Commands = true
	case *effect.LoadDataset:
		sp.sandbox.Outliving = true // the guard that makes the server writable again
	}
	paths, known := written(e, c)
	for _, path := range paths {
		dir := filepath.Dir(path)
		sp.sandbox.Writable = append(sp.sandbox.Writable, dir)
		known = known && dir != "/"
	}
	if !known {
		sp.open = append(sp.open, fmt.Sprintf("where %s writes is not known: %s %s", step, c.Action, c.Target))
	}
}

// written are the paths at which an effect makes or changes something, beside which it
// may also keep its parts; not known when it cannot be said. What the server does itself, or
// another machine, does not count.
func written(e effect.Effect, c effect.Change) (paths []string, known bool) {
	switch e := e.(type) {
	case *effect.Save, *effect.RewriteAOF, *effect.SetOption, *effect.Start, *effect.Stop, *effect.Push, *effect.RemoteRename:
		return nil, true
	case *effect.Copy:
		return []string{e.To}, true
	case *effect.Rename:
		return []string{e.From, e.To}, true
	case *effect.SetAttr:
		return []string{e.Path}, true
	case *effect.EditConfig:
		return []string{c.Target}, true // the file among the includes
	case *effect.BuildAOF:
		return []string{e.To}, true
	case *effect.Fetch:
		return []string{e.To}, true
	case *effect.FetchDump:
		return []string{e.To}, true
	case *effect.LoadDataset:
		return []string{e.Snapshot}, true
	case *effect.RdiffStage:
		return []string{e.Stage}, true
	case *effect.RdiffUnstage:
		return []string{e.Stage}, true
	case *effect.RdiffBackup:
		return []string{e.To}, true
	case *effect.RdiffPrune:
		return []string{e.Repository}, true
	case *effect.RdiffRestore:
		return []string{e.To}, true
	}
	return nil, false
}

var tmpPath = regexp.MustCompile(`(^|[^a-zA-Z0-9_.-])/(var/)?tmp(/|["\\]|$)`)

// mentionsTmp tells whether a path of what a run is about may lie where everybody may
// write, which a service of its own /tmp does not see.
func mentionsTmp(v any) bool {
	raw, err := json.Marshal(v)
	return err != nil || tmpPath.Match(bytes.TrimSpace(raw))
}
