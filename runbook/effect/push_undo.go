package effect

import (
	"context"
	"errors"
	"fmt"

	"redbook/runbook/host"
)

// Undo removes the file as it was pushed, and what an incomplete transfer left; another file at
// its name is set aside. A machine that cannot be reached is an error only if the file is known
// to be there: what a push that broke off may have left stands in nobody's way.
func (e *Push) Undo(ctx context.Context, m host.Machine, u Undo) ([]string, error) {
	far, err := m.Remote(e.Peer)
	if err != nil {
		return nil, err
	}
	notes, err := e.undo(ctx, m, far, u)
	var unreachable *host.UnreachableError
	if e.After == nil && errors.As(err, &unreachable) {
		if u.Again {
			return notes, nil // the next attempt meets the same, or goes on from it
		}
		return append(notes, fmt.Sprintf("what was pushed so far may be left as %s, or whole as %s: it could not be looked at (%v)",
			e.Peer.At(e.part()), e.To, err)), nil
	}
	if err != nil {
		return notes, fmt.Errorf("undo push: %w", err)
	}
	return notes, nil
}

func (e *Push) part() string { return host.RemotePartName(e.To, e.Before.SHA256) }

func (e *Push) undo(ctx context.Context, m host.Machine, far host.Remote, u Undo) ([]string, error) {
	if !u.Again {
		if err := removeRemote(ctx, far, e.part()); err != nil {
			return nil, err
		}
	}
	now, exists, err := lookupRemote(ctx, far, e.To)
	if err != nil || !exists {
		return nil, err
	}
	mine, err := e.isMine(ctx, m, far, now)
	switch {
	case err != nil:
		return nil, err
	case !mine:
		note, err := setAside(ctx, far, e.To, u, "it cannot be told from a file of somebody else")
		return []string{"on " + e.Peer.Host + ", " + note}, err
	case u.Again && e.After == nil:
		if err := removeRemote(ctx, far, e.part()); err != nil {
			return nil, err
		}
		return nil, far.Rename(ctx, e.To, e.part())
	}
	return nil, far.Remove(ctx, e.To)
}

// isMine tells whether the file there is the one that was pushed. One of the same content that
// came while nobody could note it counts while the content is here too.
func (e *Push) isMine(ctx context.Context, m host.Machine, far host.Remote, now host.Info) (bool, error) {
	if now.Kind != host.KindFile || now.Size != e.Before.Size {
		return false, nil
	}
	if e.After != nil && !sameRemote(e.After.Info, now) {
		return false, nil
	}
	there, err := far.Digest(ctx, e.To)
	if err != nil || there != *e.Before || e.After != nil {
		return err == nil && there == *e.Before, err
	}
	_, exists, err := lookup(m, e.From)
	if err != nil || !exists {
		return false, err
	}
	here, err := m.Digest(ctx, e.From)
	return here == *e.Before, err
}

// sameRemote tells whether two looks saw the same file of another machine, as far as SFTP tells.
func sameRemote(a, b host.Info) bool {
	return a.Kind == b.Kind && a.Size == b.Size && a.ModTime.Equal(b.ModTime)
}

func removeRemote(ctx context.Context, far host.Remote, path string) error {
	_, exists, err := lookupRemote(ctx, far, path)
	if err != nil || !exists {
		return err
	}
	return far.Remove(ctx, path)
}
