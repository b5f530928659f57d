package effect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"redbook/runbook/host"
)

// lookupRemote is Stat with "is there" apart from failing.
func lookupRemote(ctx context.Context, far host.RemoteFiles, path string) (info host.Info, exists bool, err error) {
	info, err = far.Stat(ctx, path)
	if errors.Is(err, fs.ErrNotExist) {
		return host.Info{}, false, nil
	}
	return info, err == nil, err
}

// mustBeDirectory wants a directory of another machine to be there. A link it follows itself.
func mustBeDirectory(ctx context.Context, far host.RemoteFiles, path string) error {
	info, err := far.Stat(ctx, path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; make that directory first", err)
	}
	if err == nil && info.Kind != host.KindDirectory && info.Kind != host.KindSymlink {
		err = fmt.Errorf("%s there is a %s, not a directory", path, info.Kind)
	}
	return err
}

// RemoteRename moves a file of another machine within one filesystem. It never overwrites.
type RemoteRename struct {
	Peer   host.Peer  `json:"peer"`
	From   string     `json:"from"`
	To     string     `json:"to"`
	Before *host.Info `json:"before,omitempty"` // what stood at From
}

func (*RemoteRename) Kind() string { return "remote-rename" }

func (e *RemoteRename) Change() Change {
	detail := e.To
	if filepath.Dir(e.From) == filepath.Dir(e.To) {
		detail = filepath.Base(e.To)
	}
	return Change{Action: "rename", Target: e.Peer.At(e.From), Detail: "to " + detail, Class: Reversible}
}

func (e *RemoteRename) Prepare(ctx context.Context, r host.Reader) error {
	far, err := r.RemoteFiles(e.Peer)
	if err != nil {
		return fmt.Errorf("rename on %w", err)
	}
	info, err := far.Stat(ctx, e.From)
	if err != nil {
		return fmt.Errorf("rename: %w", err)
	}
	_, exists, err := lookupRemote(ctx, far, e.To)
	if err != nil {
		return fmt.Errorf("rename: %w", err)
	}
	if exists {
		return fmt.Errorf("rename %s to %w", e.Peer.At(e.From), refuseExisting(e.To))
	}
	e.Before = &info
	return nil
}

func (e *RemoteRename) Do(ctx context.Context, m host.Machine) error {
	far, err := m.Remote(e.Peer)
	if err != nil {
		return err
	}
	return far.Rename(ctx, e.From, e.To)
}

func (e *RemoteRename) Undo(ctx context.Context, m host.Machine, u Undo) (notes []string, err error) {
	far, err := m.Remote(e.Peer)
	if err != nil {
		return nil, err
	}
	from, fromExists, errFrom := lookupRemote(ctx, far, e.From)
	to, toExists, errTo := lookupRemote(ctx, far, e.To)
	if err := errors.Join(errFrom, errTo); err != nil {
		return nil, fmt.Errorf("undo rename: %w", err)
	}
	switch {
	case toExists && sameRemote(to, *e.Before):
	case fromExists && sameRemote(from, *e.Before):
		return nil, nil // never done, or undone already
	default:
		return nil, fmt.Errorf("undo rename: %s does not hold what was %s before the run; look for that by hand", e.Peer.At(e.To), e.From)
	}
	if fromExists {
		note, err := setAside(ctx, far, e.From, u, "it came there after the rename")
		if err != nil {
			return nil, err
		}
		notes = append(notes, "on "+e.Peer.Host+", "+note)
	}
	if err := far.Rename(ctx, e.To, e.From); err != nil {
		return notes, fmt.Errorf("undo rename: %w", err)
	}
	return notes, nil
}
