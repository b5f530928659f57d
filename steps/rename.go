package steps

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"

	"redbook/runbook"
	"redbook/runbook/effect"
)

//go:embed rename.hcl
var renameExample string

var renameKind = runbook.Kind{
	Name:    "rename",
	Summary: "Move a file or a directory within its filesystem; never overwrites",
	New:     func() runbook.Step { return new(rename) },
	Outputs: renameOutputs{},
	Timeout: quick,
	Example: renameExample,
	NoRedis: true,
}

type rename struct {
	From     string `arg:"from" doc:"Path of the file or directory"`
	To       string `arg:"to" doc:"Its new path"`
	IfExists string `arg:"if_exists" default:"refuse" oneof:"refuse,rotate" doc:"What to do when the new path is taken: refuse, or rotate what is there to a free .1, .2 and so on"`
}

type renameOutputs struct {
	Path string `out:"path" doc:"The new path"`
}

func (r *rename) Check() error {
	return errors.Join(absolute("from", r.From), absolute("to", r.To), different(r.From, r.To))
}

func (r *rename) Run(ctx context.Context, h runbook.Host) (any, error) {
	if r.IfExists == "rotate" {
		if err := r.rotate(ctx, h); err != nil {
			return nil, err
		}
	}
	if err := h.Apply(ctx, &effect.Rename{From: r.From, To: r.To}); err != nil {
		return nil, err
	}
	return renameOutputs{Path: r.To}, nil
}

// rotate frees To: what is there becomes To.1, what was To.1 becomes To.2, up
// to the first free number.
func (r *rename) rotate(ctx context.Context, h runbook.Host) error {
	taken := 0
	for ; ; taken++ {
		_, err := h.Stat(r.rotated(taken))
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return fmt.Errorf("rotate %s: %w", r.To, err)
		}
	}
	for n := taken; n > 0; n-- {
		if err := h.Apply(ctx, &effect.Rename{From: r.rotated(n - 1), To: r.rotated(n)}); err != nil {
			return err
		}
	}
	return nil
}

func (r *rename) rotated(n int) string {
	if n == 0 {
		return r.To
	}
	return fmt.Sprintf("%s.%d", r.To, n)
}
