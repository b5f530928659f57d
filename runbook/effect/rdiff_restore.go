package effect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"redbook/internal/rdiff"
	"redbook/runbook/host"
)

// RdiffRestore makes a new file or directory of what stood in a repository at one
// of its increments. It appears whole or not at all.
type RdiffRestore struct {
	Repository string        `json:"repository"`
	Path       string        `json:"path"` // in the repository; "" is all of it
	At         time.Time     `json:"at"`   // the increment's own
	To         string        `json:"to"`
	After      *RestoredTree `json:"after,omitempty"`
}

// RestoredTree is what a restore left.
type RestoredTree struct {
	Tree []Copied `json:"tree"`
}

func (*RdiffRestore) Kind() string { return "rdiff-restore" }

func (e *RdiffRestore) Change() Change {
	return Change{
		Action: "rdiff-restore", Target: filepath.Join(e.Repository, e.Path),
		Detail: "as of " + e.At.UTC().Format(time.RFC3339) + " to " + e.To, Class: Additive,
	}
}

func (e *RdiffRestore) Prepare(_ context.Context, r host.Reader) error {
	if err := mustHaveRdiff(); err != nil {
		return err
	}
	s, err := RdiffState(r, e.Repository)
	if err != nil {
		return err
	}
	if s.Interrupted() {
		return fmt.Errorf("restore from %s: its last backup was cut off or is at work; wait for it, or take it back: rdiff-backup --check-destination-dir %s", e.Repository, e.Repository)
	}
	if known, err := knows(r, e.Repository, e.Path); err != nil {
		return err
	} else if !known {
		return fmt.Errorf("restore from %s: it never held %s; name a path as it stands below the repository: %w", e.Repository, e.Path, fs.ErrNotExist)
	}
	_, exists, err := lookup(r, e.To)
	if err != nil {
		return fmt.Errorf("restore to %s: %w", e.To, err)
	}
	if exists {
		return fmt.Errorf("restore to %w", refuseExisting(e.To))
	}
	if err := mustBePrivate(r, filepath.Dir(e.To)); err != nil {
		return fmt.Errorf("restore to %s: %w", e.To, err)
	}
	return nil
}

// knows tells whether a repository holds a path, or held it once.
func knows(r host.Files, repository, path string) (bool, error) {
	_, exists, err := lookup(r, filepath.Join(repository, path))
	if err != nil || exists {
		return exists, err
	}
	dir, name := filepath.Split(filepath.Join(repository, rdiff.DataDir, rdiff.IncrementsDir, path))
	entries, err := r.ReadDir(filepath.Clean(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = filepath.Base(e.Path)
	}
	return rdiff.HasIncrement(names, name), err
}

func (e *RdiffRestore) Do(ctx context.Context, m host.Machine) error {
	p, ran, err := findRdiff(ctx, m)
	if err != nil {
		return err
	}
	if !ran {
		return e.imagine(ctx, m)
	}
	part := host.PartName(e.To)
	if err := removeTree(ctx, m, part); err != nil {
		return fmt.Errorf("restore to %s: %w", e.To, err)
	}
	if err := p.run(ctx, p.Verify(e.Repository, e.At)); err != nil {
		return fmt.Errorf("verify %s: %w", e.Repository, err)
	}
	if err := p.run(ctx, p.Restore(e.Repository, e.Path, e.At, part)); err != nil {
		return fmt.Errorf("restore %s from %s: %w", e.Path, e.Repository, err)
	}
	tree, err := digestTree(ctx, m, part)
	if err != nil {
		return fmt.Errorf("restore to %s: %w", e.To, err)
	}
	if len(tree) == 0 { // the program ends with 0 all the same
		return fmt.Errorf("restore %s from %s: it was not there at %s; choose another time", e.Path, e.Repository, e.At.UTC().Format(time.RFC3339))
	}
	for _, c := range tree {
		if err := m.Sync(ctx, c.Info.Path); err != nil {
			return fmt.Errorf("restore to %s: %w", e.To, err)
		}
	}
	if err := m.Rename(ctx, part, e.To); err != nil {
		return fmt.Errorf("restore to %s: %w", e.To, err)
	}
	for i, c := range tree {
		below, err := filepath.Rel(part, c.Info.Path)
		if err != nil {
			return fmt.Errorf("restore to %s: %w", e.To, err)
		}
		tree[i].Info.Path = filepath.Join(e.To, below)
	}
	e.After = &RestoredTree{Tree: tree}
	return nil
}

// An imaginer is a picture, which can hold a file whose content only the run knows.
type imaginer interface {
	Imagine(path, origin string, a host.Attr) error
}

// imagine puts the file into a picture: with its content when it is that of the mirror,
// where the newest increment stands as it is.
func (e *RdiffRestore) imagine(ctx context.Context, m host.Machine) error {
	s, err := RdiffState(m, e.Repository)
	if err != nil {
		return err
	}
	mirror := filepath.Join(e.Repository, e.Path)
	info, exists, err := lookup(m, mirror)
	if err != nil || exists && info.Kind != host.KindFile {
		return err // a directory is not in the picture
	}
	if newest := s.Newest(); exists && newest != nil && newest.Equal(e.At) {
		mode := info.Mode & 0o777
		_, err := m.CopyFile(ctx, mirror, e.To, host.Attr{UID: info.UID, GID: info.GID, Mode: &mode})
		return err
	}
	owner := host.Attr{UID: -1, GID: -1}
	if exists {
		owner = host.Attr{UID: info.UID, GID: info.GID}
	}
	if p, ok := m.(imaginer); ok {
		return p.Imagine(e.To, "what rdiff-backup restores from "+e.Repository, owner)
	}
	return nil
}

func (e *RdiffRestore) Undo(ctx context.Context, m host.Machine, u Undo) ([]string, error) {
	if err := removeTree(ctx, m, host.PartName(e.To)); err != nil {
		return nil, fmt.Errorf("undo restore: %w", err)
	}
	now, err := digestTree(ctx, m, e.To)
	if err != nil {
		return nil, fmt.Errorf("undo restore: %w", err)
	}
	if len(now) == 0 {
		return nil, settle(ctx, m, e.To)
	}
	if e.After == nil || !sameTree(e.After.Tree, now) {
		note, err := setAside(ctx, m, e.To, u, "it is not what the run noted to have restored")
		return []string{note}, err
	}
	if err := removeTree(ctx, m, e.To); err != nil {
		return nil, fmt.Errorf("undo restore: %w", err)
	}
	return nil, nil
}
