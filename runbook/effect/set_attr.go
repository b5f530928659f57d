package effect

import (
	"context"
	"fmt"

	"redbook/runbook/host"
)

// SetAttr gives a file or a directory an owner, a group and a mode.
type SetAttr struct {
	Path   string     `json:"path"`
	Attr   host.Attr  `json:"attr"`
	Before *host.Info `json:"before,omitempty"`
}

func (*SetAttr) Kind() string { return "set-attr" }

func (e *SetAttr) Change() Change {
	detail := ""
	if e.Attr.UID != -1 || e.Attr.GID != -1 {
		detail = fmt.Sprintf("to %s:%s", id(e.Attr.UID), id(e.Attr.GID))
	}
	if e.Attr.Mode != nil {
		if detail != "" {
			detail += " "
		}
		detail += fmt.Sprintf("mode %04o", *e.Attr.Mode)
	}
	return Change{Action: "chown", Target: e.Path, Detail: detail, Class: Reversible}
}

func id(n int) string {
	if n == -1 {
		return "(kept)"
	}
	return fmt.Sprint(n)
}

func (e *SetAttr) Prepare(_ context.Context, r host.Reader) error {
	info, err := r.Stat(e.Path)
	if err != nil {
		return fmt.Errorf("chown %s: %w", e.Path, err)
	}
	if info.Kind != host.KindFile && info.Kind != host.KindDirectory {
		return fmt.Errorf("chown %s: it is a %s; only files and directories are handed over", e.Path, info.Kind)
	}
	e.Before = &info
	return nil
}

func (e *SetAttr) Do(ctx context.Context, m host.Machine) error {
	return m.SetAttr(ctx, e.Path, e.Attr)
}

func (e *SetAttr) Undo(ctx context.Context, m host.Machine, _ Undo) ([]string, error) {
	now, exists, err := lookup(m, e.Path)
	if err != nil {
		return nil, fmt.Errorf("undo chown: %w", err)
	}
	if !exists || !sameEntry(now, *e.Before) {
		return []string{fmt.Sprintf("%s is no longer the file that the run handed over; its owner and mode are left as they are", e.Path)}, nil
	}
	if now.UID == e.Before.UID && now.GID == e.Before.GID && now.Mode == e.Before.Mode {
		return nil, settle(ctx, m, e.Path)
	}
	back := host.Attr{UID: e.Before.UID, GID: e.Before.GID, Mode: &e.Before.Mode}
	if err := m.SetAttr(ctx, e.Path, back); err != nil {
		return nil, fmt.Errorf("undo chown: %w", err)
	}
	return nil, nil
}
