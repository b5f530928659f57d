package torture

import (
	"context"
	"os"
	"time"

	"redbook/runbook/host"
)

// A sabotagedRemote is another machine; its files are on this one, where a test can see them.
type sabotagedRemote struct {
	host.Remote
	saboteur *saboteur
}

func (s *saboteur) Remote(p host.Peer) (host.Remote, error) {
	r, err := s.Machine.Remote(p)
	if err != nil {
		return nil, err
	}
	return &sabotagedRemote{Remote: r, saboteur: s}, nil
}

func (r *sabotagedRemote) Push(ctx context.Context, p host.Transfer) (t host.Transferred, err error) {
	do := func() (err error) {
		t, err = r.Remote.Push(ctx, p)
		return err
	}
	err = r.saboteur.around("push", arriving(host.RemotePartName(p.To, p.Content.SHA256), do), do)
	return t, err
}

func (r *sabotagedRemote) Fetch(ctx context.Context, p host.Transfer) (t host.Transferred, err error) {
	do := func() (err error) {
		t, err = r.Remote.Fetch(ctx, p)
		return err
	}
	err = r.saboteur.around("fetch", arriving(host.PartName(p.To), do), do)
	return t, err
}

func (r *sabotagedRemote) Rename(ctx context.Context, from, to string) error {
	return r.saboteur.around("remote rename", nil, func() error { return r.Remote.Rename(ctx, from, to) })
}

func (r *sabotagedRemote) Remove(ctx context.Context, path string) error {
	return r.saboteur.around("remote remove", nil, func() error { return r.Remote.Remove(ctx, path) })
}

// arriving begins a transfer and comes back when something of it has arrived.
func arriving(part string, do func() error) func() {
	return func() {
		ended := make(chan struct{})
		go func() { _ = do(); close(ended) }()
		for {
			if info, err := os.Lstat(part); err == nil && info.Size() > 0 {
				return
			}
			select {
			case <-ended: // too quick to be seen
				return
			case <-time.After(100 * time.Microsecond):
			}
		}
	}
}
