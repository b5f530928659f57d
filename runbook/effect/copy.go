package effect

import (
	"context"
	"fmt"
	"path/filepath"

	"redbook/runbook/host"
)

// Copy makes a new file with the content of another. The target must be free.
type Copy struct {
	From  string    `json:"from"`
	To    string    `json:"to"`
	Attr  host.Attr `json:"attr"`
	After *Copied   `json:"after,omitempty"`
}

// Copied is what a copy left: the bytes and the directory entry.
type Copied struct {
	Digest host.Digest `json:"digest"`
	Info   host.Info   `json:"info"`
}

func (*Copy) Kind() string { return "copy" }

func (e *Copy) Change() Change {
	return Change{Action: "copy", Target: e.From, Detail: "to " + e.To, Class: Additive}
}

func (e *Copy) Prepare(_ context.Context, r host.Reader) error {
	info, err := r.Stat(e.From)
	if err != nil {
		return fmt.Errorf("copy %s: %w", e.From, err)
	}
	if info.Kind != host.KindFile {
		return fmt.Errorf("copy %s: it is a %s, not a regular file", e.From, info.Kind)
	}
	_, exists, err := lookup(r, e.To)
	if err != nil {
		return fmt.Errorf("copy to %s: %w", e.To, err)
	}
	if exists {
		return fmt.Errorf("copy to %w", refuseExisting(e.To))
	}
	space, err := r.Space(filepath.Dir(e.To))
	if err != nil {
		return fmt.Errorf("copy to %s: %w", e.To, err)
	}
	if info.Size > 0 && uint64(info.Size) > space.Available {
		return fmt.Errorf("copy to %s: no room: %d bytes are needed, %d are free; make room there", e.To, info.Size, space.Available)
	}
	return nil
}

func (e *Copy) Do(ctx context.Context, m host.Machine) error {
	digest, err := m.CopyFile(ctx, e.From, e.To, e.Attr)
	if err != nil {
		return err
	}
	info, err := m.Stat(e.To)
	if err != nil {
		return fmt.Errorf("copy to %s: %w", e.To, err)
	}
	e.After = &Copied{Digest: digest, Info: info}
	return nil
}

func (e *Copy) Undo(ctx context.Context, m host.Machine, u Undo) ([]string, error) {
	if err := e.removePart(ctx, m); err != nil {
		return nil, err
	}
	info, exists, err := lookup(m, e.To)
	if err != nil {
		return nil, fmt.Errorf("undo copy: %w", err)
	}
	if !exists {
		return nil, settle(ctx, m, e.To)
	}
	mine, err := e.isMine(ctx, m, info)
	if err != nil {
		return nil, fmt.Errorf("undo copy: %w", err)
	}
	if !mine {
		note, err := setAside(ctx, m, e.To, u, "it is no longer the copy that the run made")
		return []string{note}, err
	}
	if err := m.Remove(ctx, e.To); err != nil {
		return nil, fmt.Errorf("undo copy: %w", err)
	}
	return nil, nil
}

// isMine tells whether the file at To holds exactly what the copy wrote, so
// that removing it loses nothing. Another file of the same content, put there
// by somebody else, counts only while the source holds that content too.
func (e *Copy) isMine(ctx context.Context, m host.Machine, now host.Info) (bool, error) {
	if now.Kind != host.KindFile {
		return false, nil
	}
	want, err := e.written(ctx, m)
	if err != nil {
		return false, err
	}
	if want == nil || want.Size != now.Size {
		return false, nil
	}
	got, err := m.Digest(ctx, e.To)
	if err != nil || got != *want {
		return false, err
	}
	if e.After == nil || sameEntry(e.After.Info, now) {
		return true, nil
	}
	source, err := e.source(ctx, m)
	return source != nil && *source == *want, err
}

// written is the digest of what the copy wrote. A copy that was cut off before
// it could be noted is judged by its source, if that is still there.
func (e *Copy) written(ctx context.Context, m host.Machine) (*host.Digest, error) {
	if e.After != nil {
		return &e.After.Digest, nil
	}
	return e.source(ctx, m)
}

// source is the digest of the file that was copied, nil when it is gone.
func (e *Copy) source(ctx context.Context, m host.Machine) (*host.Digest, error) {
	if _, exists, err := lookup(m, e.From); err != nil || !exists {
		return nil, err
	}
	d, err := m.Digest(ctx, e.From)
	if err != nil {
		return nil, err
	}
	return &d, nil
}

// removePart removes the incomplete bytes of a copy that was cut off. Their
// source is whole, so nothing is lost.
func (e *Copy) removePart(ctx context.Context, m host.Machine) error {
	part := host.PartName(e.To)
	_, exists, err := lookup(m, part)
	if err != nil {
		return fmt.Errorf("undo copy: %w", err)
	}
	if !exists {
		return nil
	}
	if err := m.Remove(ctx, part); err != nil {
		return fmt.Errorf("undo copy: %w", err)
	}
	return nil
}
