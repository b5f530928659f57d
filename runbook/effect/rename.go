package effect

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"redbook/runbook/host"
)

// Rename moves a file or a directory within one filesystem. It never
// overwrites.
type Rename struct {
	From   string     `json:"from"`
	To     string     `json:"to"`
	Before *host.Info `json:"before,omitempty"` // what stood at From
}

func (*Rename) Kind() string { return "rename" }

func (e *Rename) Change() Change {
	detail := e.To
	if filepath.Dir(e.From) == filepath.Dir(e.To) {
		detail = filepath.Base(e.To)
	}
	return Change{Action: "rename", Target: e.From, Detail: "to " + detail, Class: Reversible}
}

func (e *Rename) Prepare(_ context.Context, r host.Reader) error {
	info, err := r.Stat(e.From)
	if err != nil {
		return fmt.Errorf("rename %s: %w", e.From, err)
	}
	_, exists, err := lookup(r, e.To)
	if err != nil {
		return fmt.Errorf("rename to %s: %w", e.To, err)
	}
	if exists {
		return fmt.Errorf("rename %s to %w", e.From, refuseExisting(e.To))
	}
	if err := e.sameFilesystem(r); err != nil {
		return err
	}
	e.Before = &info
	return nil
}

func (e *Rename) sameFilesystem(r host.Reader) error {
	from, err := r.Space(filepath.Dir(e.From))
	if err != nil {
		return fmt.Errorf("rename %s: %w", e.From, err)
	}
	to, err := r.Space(filepath.Dir(e.To))
	if err != nil {
		return fmt.Errorf("rename to %s: %w", e.To, err)
	}
	if from.Device != to.Device {
		return fmt.Errorf("rename %s to %s: they are on two filesystems; copy it instead", e.From, e.To)
	}
	return nil
}

func (e *Rename) Do(ctx context.Context, m host.Machine) error { return m.Rename(ctx, e.From, e.To) }

func (e *Rename) Undo(ctx context.Context, m host.Machine, u Undo) (notes []string, err error) {
	from, fromExists, errFrom := lookup(m, e.From)
	to, toExists, errTo := lookup(m, e.To)
	if err := errors.Join(errFrom, errTo); err != nil {
		return nil, fmt.Errorf("undo rename: %w", err)
	}
	if fromExists && sameEntry(from, *e.Before) && (!toExists || unchanged(from, *e.Before)) {
		return nil, settle(ctx, m, e.From, e.To) // never done, or undone already
	}
	saved := u.Saved && !u.Made && e.Before.Kind == host.KindFile
	if saved && !toExists && fromExists {
		return nil, settle(ctx, m, e.From, e.To) // what the server saved is back already
	}
	saved = saved && toExists && to.Kind == host.KindFile
	if !toExists || !sameEntry(to, *e.Before) && !saved {
		return e.undoGone(ctx, m, u, toExists)
	}
	if fromExists {
		note, err := setAside(ctx, m, e.From, u, "it came there after the rename")
		if err != nil {
			return nil, err
		}
		notes = append(notes, note)
	}
	if to.Kind == host.KindFile && !unchanged(to, *e.Before) {
		notes = append(notes, fmt.Sprintf("%s was changed after the rename; it is back at %s as it is now", e.To, e.From))
	}
	if err := m.Rename(ctx, e.To, e.From); err != nil {
		return notes, fmt.Errorf("undo rename: %w", err)
	}
	return notes, nil
}

// unchanged tells whether nothing was written since. Where two entries could be the one
// that was, its inode number alone does not tell: it is used again once Redis has
// replaced the file.
func unchanged(now, before host.Info) bool {
	return now.Size == before.Size && now.ModTime.Equal(before.ModTime)
}

// undoGone is the undo when what was renamed is no longer at To: Redis has
// saved over it, perhaps. If the run itself had made it, the place is freed for
// what was there before; else it would be a loss, and a person must look.
func (e *Rename) undoGone(ctx context.Context, m host.Machine, u Undo, toExists bool) ([]string, error) {
	switch {
	case !u.Made:
		return nil, fmt.Errorf("undo rename: %s does not hold what was %s before the run; look for that by hand", e.To, e.From)
	case !toExists:
		return nil, settle(ctx, m, e.To)
	}
	note, err := setAside(ctx, m, e.To, u, "it was written after the run put a file there")
	return []string{note}, err
}
