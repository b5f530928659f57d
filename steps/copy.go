package steps

import (
	"context"
	_ "embed"
	"errors"

	"redbook/runbook"
	"redbook/runbook/effect"
	"redbook/runbook/host"
)

//go:embed copy.hcl
var copyExample string

var copyKind = runbook.Kind{
	Name:    "copy",
	Summary: "Make a new file with the content of another, durable and checked; never overwrites",
	New:     func() runbook.Step { return new(copyFile) },
	Outputs: copyOutputs{},
	Timeout: long,
	Example: copyExample,
	NoRedis: true,
}

type copyFile struct {
	From  string  `arg:"from" doc:"Path of the file to copy"`
	To    string  `arg:"to" doc:"Path of the new file, which must not exist"`
	Owner *string `arg:"owner" doc:"User that will own it, a name or an id; else the user who runs redbook"`
	Group *string `arg:"group" doc:"Group of it, a name or an id; else that of the user who runs redbook"`
	Mode  *string `arg:"mode" doc:"Its permissions in octal, such as \"0660\"; else those of the source"`
}

type copyOutputs struct {
	Path   string               `out:"path" doc:"Path of the new file"`
	Size   runbook.Late[int64]  `out:"size" doc:"Its size in bytes"`
	SHA256 runbook.Late[string] `out:"sha256" doc:"SHA-256 of its content, in hex, computed while copying"`
}

func (c *copyFile) Check() error {
	_, err := parseMode(c.Mode)
	return errors.Join(absolute("from", c.From), absolute("to", c.To), different(c.From, c.To), err)
}

func (c *copyFile) Run(ctx context.Context, h runbook.Host) (any, error) {
	attr, err := attributes(h, c.Owner, c.Group, c.Mode)
	if err != nil {
		return nil, err
	}
	e := &effect.Copy{From: c.From, To: c.To, Attr: attr}
	if err := h.Apply(ctx, e); err != nil {
		return nil, err
	}
	out := copyOutputs{Path: c.To}
	if d := e.After.Digest; d.SHA256 != "" {
		out.Size, out.SHA256 = runbook.Known(d.Size), runbook.Known(d.SHA256)
	}
	return out, nil
}

// attributes resolves the arguments that say who will own a file and how.
func attributes(h host.Reader, owner, group, mode *string) (host.Attr, error) {
	uid, gid, err := h.Account(deref(owner), deref(group))
	if err != nil {
		return host.Attr{}, err
	}
	m, err := parseMode(mode)
	return host.Attr{UID: uid, GID: gid, Mode: m}, err
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
