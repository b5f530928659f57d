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

func (r *rename) rotate(ctx context.Context, h runbook.Host) error {
	exists := func(path string) (bool, error) {
		_, err := h.Stat(path)
		return isThere(err)
	}
	return rotate(r.To, exists, func(from, to string) error {
		return h.Apply(ctx, &effect.Rename{From: from, To: to})
	})
}

// rotate frees a path: what is there becomes path.1, what was path.1 becomes path.2, up to the
// first free number.
func rotate(path string, exists func(path string) (bool, error), move func(from, to string) error) error {
	rotated := func(n int) string {
		if n == 0 {
			return path
		}
		return fmt.Sprintf("%s.%d", path, n)
	}
	taken := 0
	for ; ; taken++ {
		there, err := exists(rotated(taken))
		if err != nil {
			return fmt.Errorf("rotate %s: %w", path, err)
		}
		if !there {
			break
		}
	}
	for n := taken; n > 0; n-- {
		if err := move(rotated(n-1), rotated(n)); err != nil {
			return err
		}
	}
	return nil
}

// isThere tells what a look at a path says of its entry.
func isThere(err error) (bool, error) {
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
