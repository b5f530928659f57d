package steps

import (
	"context"
	_ "embed"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"redbook/internal/rdiff"
	"redbook/runbook"
	"redbook/runbook/effect"
)

//go:embed rdiff_restore.hcl
var rdiffRestoreExample string

var rdiffRestoreKind = runbook.Kind{
	Name:    "rdiff-restore",
	Summary: "Make a new file or directory of what an rdiff-backup repository held at a time, verified; never overwrites",
	New:     func() runbook.Step { return new(rdiffRestore) },
	Outputs: rdiffRestoreOutputs{},
	Timeout: 2 * time.Hour,
	Example: rdiffRestoreExample,
	NoRedis: true,
}

type rdiffRestore struct {
	From string  `arg:"from" doc:"Path of the repository"`
	Path *string `arg:"path" doc:"What to restore, by its path inside the repository, such as \"dump.rdb\"; else all of it"`
	To   string  `arg:"to" doc:"Path of the new file or directory, which must not exist"`
	At   string  `arg:"at" default:"now" doc:"As of when: \"now\", so long ago (\"3D\"), a day (\"2026-11-25\": its first moment in UTC), or a time (\"2026-11-25T20:43:12Z\")"`
}

type rdiffRestoreOutputs struct {
	Path      string `out:"path" doc:"Path of the new file or directory"`
	Increment string `out:"increment" doc:"Time of the increment that it is of, in UTC"`
}

func (r *rdiffRestore) Check() error {
	errs := []error{absolute("from", r.From), notRemote("from", r.From), absolute("to", r.To), notRemote("to", r.To), different(r.From, r.To)}
	if r.Path != nil {
		errs = append(errs, inside("path", *r.Path), notRemote("path", *r.Path))
	}
	if _, err := rdiff.ParseAt(r.At, time.Time{}); err != nil {
		errs = append(errs, &runbook.ArgumentError{Argument: "at", Problem: err.Error()})
	}
	return errors.Join(errs...)
}

// inside demands a path that stays below the directory it is joined to, and out of the
// repository's own files.
func inside(argument, path string) error {
	top, _, _ := strings.Cut(path, "/")
	switch {
	case !filepath.IsLocal(path) || filepath.Clean(path) != path || path == ".":
		return &runbook.ArgumentError{Argument: argument, Problem: "is " + quote(path) + "; give a path relative to the repository, such as dump.rdb"}
	case top == rdiff.DataDir:
		return &runbook.ArgumentError{Argument: argument, Problem: "is inside " + rdiff.DataDir + ", which is the repository's own; name a file that was backed up"}
	}
	return nil
}

func (r *rdiffRestore) Run(ctx context.Context, h runbook.Host) (any, error) {
	at, err := increment(h, r.From, r.At)
	if err != nil {
		return nil, err
	}
	if err := h.Apply(ctx, &effect.RdiffRestore{Repository: r.From, Path: deref(r.Path), At: at, To: r.To}); err != nil {
		return nil, err
	}
	return rdiffRestoreOutputs{Path: r.To, Increment: spell(at)}, nil
}
