package steps

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"redbook/internal/rdiff"
	"redbook/runbook"
	"redbook/runbook/effect"
	"redbook/runbook/host"
)

//go:embed rdiff_backup.hcl
var rdiffBackupExample string

var rdiffBackupKind = runbook.Kind{
	Name:    "rdiff-backup",
	Summary: "Save, stage a consistent set (dump, AOF, configuration, ACL file) and add it to an rdiff-backup repository, verified",
	New:     func() runbook.Step { return new(rdiffBackup) },
	Outputs: rdiffBackupOutputs{},
	Timeout: 2 * time.Hour,
	Example: rdiffBackupExample,
}

type rdiffBackup struct {
	To    string  `arg:"to" doc:"Path of the repository; it is made when it is not there"`
	Stage *string `arg:"stage" doc:"Path of a directory that must not exist, where the set is put together and then removed; else that of to with \".stage\" added"`
	Keep  *string `arg:"keep" doc:"Remove, for good, the increments that are older: a length of time such as \"30D\" or \"12W\"; else all are kept"`
}

type rdiffBackupOutputs struct {
	Increment  runbook.Late[string]   `out:"increment" doc:"Time of the new increment, in UTC"`
	Increments runbook.Late[[]string] `out:"increments" doc:"Times of all increments in the repository, oldest first"`
}

func (b *rdiffBackup) Check() error {
	errs := []error{absolute("to", b.To), notRemote("to", b.To)}
	if b.Stage != nil {
		errs = append(errs, absolute("stage", *b.Stage), notRemote("stage", *b.Stage))
		if *b.Stage == b.To {
			errs = append(errs, &runbook.ArgumentError{Argument: "stage", Problem: "is the same path as to"})
		}
	}
	if b.Keep != nil {
		if _, err := rdiff.ParseInterval(*b.Keep); err != nil {
			errs = append(errs, &runbook.ArgumentError{Argument: "keep", Problem: err.Error()})
		}
	}
	return errors.Join(errs...)
}

// notRemote refuses what rdiff-backup takes for a path on another host.
func notRemote(argument, path string) error {
	if rdiff.IsRemote(path) {
		return &runbook.ArgumentError{Argument: argument, Problem: `holds "::", behind which rdiff-backup looks for a path on another host; choose a path without`}
	}
	return nil
}

func (b *rdiffBackup) stage() string {
	if b.Stage != nil {
		return *b.Stage
	}
	return b.To + ".stage"
}

func (b *rdiffBackup) Run(ctx context.Context, h runbook.Host) (any, error) {
	if err := h.Apply(ctx, &effect.Save{Redis: h.Redis(), Background: true}); err != nil {
		return nil, err
	}
	if err := b.putTogether(ctx, h); err != nil {
		return nil, err
	}
	backup := &effect.RdiffBackup{From: b.stage(), To: b.To}
	if err := h.Apply(ctx, backup); err != nil {
		return nil, err
	}
	if err := h.Apply(ctx, &effect.RdiffUnstage{Stage: b.stage()}); err != nil {
		return nil, err
	}
	if b.Keep != nil {
		if err := h.Apply(ctx, &effect.RdiffPrune{Repository: b.To, Keep: *b.Keep}); err != nil {
			return nil, err
		}
	}
	if backup.After == nil {
		return rdiffBackupOutputs{}, nil // only the run knows
	}
	s, err := effect.RdiffState(h, b.To)
	if err != nil {
		return nil, err
	}
	out := rdiffBackupOutputs{Increment: runbook.Known(spell(backup.After.Time)), Increments: runbook.Known(spellAll(s.Times()))}
	h.Note("increment %s, the newest of %d", out.Increment.Value, len(out.Increments.Value))
	return out, nil
}

// rewritePercentage is the option that has a server rewrite its AOF by itself; 0 keeps
// it from that while the files are copied.
const rewritePercentage = "auto-aof-rewrite-percentage"

// putTogether fills the stage. A growing AOF can be copied only while no rewrite
// replaces its files.
func (b *rdiffBackup) putTogether(ctx context.Context, h runbook.Host) error {
	s, d, err := description(ctx, h)
	if err != nil {
		return err
	}
	noteUntold(h, d)
	before := "0"
	if d.AppendOnly {
		if before, err = s.Option(ctx, rewritePercentage); err != nil {
			return fmt.Errorf("read option %s: %w", rewritePercentage, err)
		}
	}
	if err := b.setPercentage(ctx, h, before, "0"); err != nil {
		return err
	}
	if err := h.Apply(ctx, &effect.RdiffStage{Redis: h.Redis(), Stage: b.stage()}); err != nil {
		return err
	}
	return b.setPercentage(ctx, h, "0", before)
}

func (b *rdiffBackup) setPercentage(ctx context.Context, h runbook.Host, from, to string) error {
	if from == to {
		return nil
	}
	return h.Apply(ctx, &effect.SetOption{Redis: h.Redis(), Name: rewritePercentage, Value: to})
}

func spell(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func spellAll(times []time.Time) []string {
	all := make([]string, len(times))
	for i, t := range times {
		all[i] = spell(t)
	}
	return all
}

// increment is the one of a repository whose state was current at a time.
func increment(h host.Reader, repository, at string) (time.Time, error) {
	when, err := rdiff.ParseAt(at, h.Now())
	if err != nil {
		return when, &runbook.ArgumentError{Argument: "at", Problem: err.Error()}
	}
	s, err := effect.RdiffState(h, repository)
	if err != nil {
		return when, err
	}
	found := s.At(when)
	if at == "now" {
		found = s.Newest()
	}
	if found == nil {
		return when, &runbook.CheckError{
			Problem: fmt.Sprintf("repository %s holds no increment of %s or before", repository, spell(when)),
			Remedy:  fmt.Sprintf("choose one of %v", spellAll(s.Times())),
		}
	}
	return *found, nil
}
