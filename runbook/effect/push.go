package effect

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"redbook/runbook/host"
)

// Push makes a new file on another machine with the content of one of this machine.
// The target must be free.
type Push struct {
	From   string            `json:"from"`
	Peer   host.Peer         `json:"peer"`
	To     string            `json:"to"` // there
	Attr   host.Attr         `json:"attr"`
	Before *host.Digest      `json:"before,omitempty"` // of From
	After  *host.Transferred `json:"after,omitempty"`
}

func (*Push) Kind() string { return "push" }

func (e *Push) Change() Change {
	return Change{Action: "push", Target: e.From, Detail: "to " + e.Peer.At(e.To), Class: Additive}
}

func (e *Push) Prepare(ctx context.Context, r host.Reader) error {
	info, err := r.Stat(e.From)
	if err != nil {
		return fmt.Errorf("push %s: %w", e.From, err)
	}
	if info.Kind != host.KindFile {
		return fmt.Errorf("push %s: it is a %s, not a regular file", e.From, info.Kind)
	}
	far, err := r.RemoteFiles(e.Peer)
	if err != nil {
		return fmt.Errorf("push to %w", err)
	}
	if err := e.mayPut(ctx, far, info.Size); err != nil {
		return fmt.Errorf("push %s: %w", e.From, err)
	}
	d, err := r.Digest(ctx, e.From)
	if errors.Is(err, host.ErrUnknown) {
		return nil // in a plan; the run knows it
	}
	if err != nil {
		return fmt.Errorf("push %s: %w", e.From, err)
	}
	e.Before = &d
	return nil
}

// mayPut wants the directory there, the name free and room for so many bytes.
func (e *Push) mayPut(ctx context.Context, far host.RemoteFiles, size int64) error {
	if err := mustBeDirectory(ctx, far, filepath.Dir(e.To)); err != nil {
		return err
	}
	_, exists, err := lookupRemote(ctx, far, e.To)
	if err != nil {
		return err
	}
	if exists {
		return refuseExisting(e.Peer.At(e.To))
	}
	free, err := far.Available(ctx, filepath.Dir(e.To))
	if errors.Is(err, errors.ErrUnsupported) {
		return nil // the transfer shows it
	}
	if err != nil {
		return err
	}
	if size > 0 && uint64(size) > free {
		return fmt.Errorf("no room at %s: %d bytes are needed, %d are free; make room there", e.Peer.At(filepath.Dir(e.To)), size, free)
	}
	return nil
}

func (e *Push) Do(ctx context.Context, m host.Machine) error {
	far, err := m.Remote(e.Peer)
	if err != nil {
		return err
	}
	done, err := far.Push(ctx, e.transfer())
	if err != nil {
		return fmt.Errorf("push %s: %w", e.From, err)
	}
	e.After = &done
	return nil
}

func (e *Push) transfer() host.Transfer {
	t := host.Transfer{From: e.From, To: e.To, Attr: e.Attr}
	if e.Before != nil {
		t.Content = *e.Before
	}
	return t
}
