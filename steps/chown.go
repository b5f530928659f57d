package steps

import (
	"context"
	_ "embed"
	"errors"
	"strconv"
	"time"

	"redbook/runbook"
	"redbook/runbook/effect"
)

//go:embed chown.hcl
var chownExample string

var chownKind = runbook.Kind{
	Name:    "chown",
	Summary: "Set the owner, the group and the mode of a file or a directory",
	New:     func() runbook.Step { return new(chown) },
	Timeout: time.Minute,
	Example: chownExample,
	NoRedis: true,
}

type chown struct {
	Path  string  `arg:"path" doc:"Path of the file or directory; a symlink is refused, never followed"`
	Owner *string `arg:"owner" doc:"User that will own it, a name or an id"`
	Group *string `arg:"group" doc:"Group of it, a name or an id"`
	Mode  *string `arg:"mode" doc:"Its permissions in octal, such as \"0660\""`
}

func (c *chown) Check() error {
	_, err := parseMode(c.Mode)
	if c.Owner == nil && c.Group == nil && c.Mode == nil {
		err = &runbook.ArgumentError{Argument: "owner", Problem: "is missing, and so are group and mode; give at least one of them"}
	}
	return errors.Join(absolute("path", c.Path), err)
}

func (c *chown) Run(ctx context.Context, h runbook.Host) (any, error) {
	attr, err := attributes(h, c.Owner, c.Group, c.Mode)
	if err != nil {
		return nil, err
	}
	return nil, h.Apply(ctx, &effect.SetAttr{Path: c.Path, Attr: attr})
}

// parseMode reads octal permissions; nil stays nil. Set-id bits are refused: no
// data file needs them.
func parseMode(mode *string) (*uint32, error) {
	if mode == nil {
		return nil, nil
	}
	n, err := strconv.ParseUint(*mode, 8, 32)
	if err != nil || n > 0o777 {
		return nil, &runbook.ArgumentError{Argument: "mode", Problem: "is " + quote(*mode) + `; give permissions in octal, such as "0660"`}
	}
	m := uint32(n)
	return &m, nil
}
