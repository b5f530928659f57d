package effect

import (
	"context"
	"fmt"
	"path/filepath"

	"redbook/runbook/host"
)

// Fetch makes a new file with the content of one of another machine. The target must be
// free.
type Fetch struct {
	Peer   host.Peer         `json:"peer"`
	From   string            `json:"from"` // there
	To     string            `json:"to"`
	Attr   host.Attr         `json:"attr"`
	SHA256 string            `json:"sha256,omitempty"` // that it must have
	After  *host.Transferred `json:"after,omitempty"`
}

func (*Fetch) Kind() string { return "fetch" }

func (e *Fetch) Change() Change {
	return Change{Action: "fetch", Target: e.Peer.At(e.From), Detail: "to " + e.To, Class: Additive}
}

func (e *Fetch) Prepare(ctx context.Context, r host.Reader) error {
	far, err := r.RemoteFiles(e.Peer)
	if err != nil {
		return fmt.Errorf("fetch from %w", err)
	}
	info, err := far.Stat(ctx, e.From)
	if err != nil {
		return fmt.Errorf("fetch: %w", err)
	}
	if info.Kind != host.KindFile {
		return fmt.Errorf("fetch %s: it is a %s, not a regular file", e.Peer.At(e.From), info.Kind)
	}
	_, exists, err := lookup(r, e.To)
	if err != nil {
		return fmt.Errorf("fetch to %s: %w", e.To, err)
	}
	if exists {
		return fmt.Errorf("fetch to %w", refuseExisting(e.To))
	}
	space, err := r.Space(filepath.Dir(e.To))
	if err != nil {
		return fmt.Errorf("fetch to %s: %w", e.To, err)
	}
	if info.Size > 0 && uint64(info.Size) > space.Available {
		return fmt.Errorf("fetch to %s: no room: %d bytes are needed, %d are free; make room there", e.To, info.Size, space.Available)
	}
	return nil
}

func (e *Fetch) Do(ctx context.Context, m host.Machine) error {
	far, err := m.Remote(e.Peer)
	if err != nil {
		return err
	}
	done, err := far.Fetch(ctx, host.Transfer{From: e.From, To: e.To, Attr: e.Attr, Content: host.Digest{SHA256: e.SHA256}})
	if err != nil {
		return err
	}
	e.After = &done
	return nil
}

// Undo removes the file as it was fetched, and what an incomplete transfer left. Another file at
// its name is set aside.
func (e *Fetch) Undo(ctx context.Context, m host.Machine, u Undo) ([]string, error) {
	if !u.Again {
		if err := removePart(ctx, m, e.To); err != nil {
			return nil, err
		}
	}
	return removeFetched(ctx, m, u, e.To, func(now host.Info) (bool, error) { return e.isMine(ctx, m, now) })
}

// isMine tells whether the file is the one that was fetched. One that came while nobody could note
// it is compared with the one there.
func (e *Fetch) isMine(ctx context.Context, m host.Machine, now host.Info) (bool, error) {
	if now.Kind != host.KindFile || e.After != nil && !sameEntry(e.After.Info, now) {
		return false, nil
	}
	here, err := m.Digest(ctx, e.To)
	if err != nil {
		return false, err
	}
	if e.After != nil {
		return here == e.After.Digest, nil
	}
	far, err := m.Remote(e.Peer)
	if err != nil {
		return false, err
	}
	there, err := far.Digest(ctx, e.From)
	return err == nil && here == there, nil // what cannot be looked at proves nothing
}
