package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/pkg/sftp"

	"redbook/internal/ssh"
	"redbook/runbook/host"
)

// A remote is another machine, over ssh. It connects when it is first asked, and again after
// a connection was lost.
type remote struct {
	machine *Machine
	peer    host.Peer

	mu      sync.Mutex // one conversation at a time
	session *ssh.Session
	noShell bool // no commands may be run there
}

var _ host.Remote = (*remote)(nil)

// remotes are the machines that were asked for.
type remotes struct {
	mu    sync.Mutex
	known map[host.Peer]*remote
}

// RemoteFiles implements host.Reader.
func (m *Machine) RemoteFiles(p host.Peer) (host.RemoteFiles, error) { return m.remote(p) }

// Remote implements host.Machine.
func (m *Machine) Remote(p host.Peer) (host.Remote, error) { return m.remote(p) }

func (m *Machine) remote(p host.Peer) (*remote, error) {
	if err := ssh.CheckDestination(p.Host); err != nil {
		return nil, fmt.Errorf("host %w", err)
	}
	m.remotes.mu.Lock()
	defer m.remotes.mu.Unlock()
	r, ok := m.remotes.known[p]
	if !ok {
		r = &remote{machine: m, peer: p}
		if m.remotes.known == nil {
			m.remotes.known = map[host.Peer]*remote{}
		}
		m.remotes.known[p] = r
	}
	return r, nil
}

func (r *remotes) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, remote := range r.known {
		remote.drop()
	}
}

func (r *remote) target() ssh.Target {
	return ssh.Target{Destination: r.peer.Host, Config: r.peer.Config}
}

// drop closes the connection.
func (r *remote) drop() {
	if r.session != nil {
		r.session.Close()
		r.session = nil
	}
}

// do talks to the machine about a path. An error names it, the machine and what was to be done.
func (r *remote) do(ctx context.Context, what, path string, talk func(s *ssh.Session) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.connect(ctx)
	if err == nil {
		stop := context.AfterFunc(ctx, r.session.Kill)
		err = talk(r.session)
		if killed := !stop(); killed || r.session.Lost(err) {
			err = r.session.Explain(err)
			r.drop()
		}
	}
	var unreachable *ssh.Error
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	} else if errors.As(err, &unreachable) {
		err = &host.UnreachableError{Peer: r.peer, Err: unreachable}
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", what, r.peer.At(path), err)
	}
	return nil
}

// connect makes sure that there is a connection: one that nothing went through for a while may
// be gone.
func (r *remote) connect(ctx context.Context) (err error) {
	if r.session != nil {
		stop := context.AfterFunc(ctx, r.session.Kill)
		_, err := r.session.Getwd()
		if stop() && err == nil {
			return nil
		}
		r.drop()
	}
	r.session, err = ssh.Dial(ctx, r.target())
	return err
}

// Stat implements host.RemoteFiles.
func (r *remote) Stat(ctx context.Context, path string) (info host.Info, err error) {
	err = r.do(ctx, "look at", path, func(s *ssh.Session) error {
		info, err = lstat(s, path)
		return err
	})
	return info, err
}

func lstat(s *ssh.Session, path string) (host.Info, error) {
	info, err := s.Lstat(path)
	if err != nil {
		return host.Info{}, err
	}
	return describeRemote(path, info), nil
}

func describeRemote(path string, i os.FileInfo) host.Info {
	kind := host.KindOther
	switch i.Mode().Type() {
	case 0:
		kind = host.KindFile
	case fs.ModeDir:
		kind = host.KindDirectory
	case fs.ModeSymlink:
		kind = host.KindSymlink
	}
	info := host.Info{Path: path, Kind: kind, Size: i.Size(), ModTime: i.ModTime().UTC()}
	if st, ok := i.Sys().(*sftp.FileStat); ok {
		info.Mode, info.UID, info.GID = st.Mode&0o7777, int(st.UID), int(st.GID)
	}
	return info
}

// Available implements host.RemoteFiles.
func (r *remote) Available(ctx context.Context, path string) (free uint64, err error) {
	err = r.do(ctx, "look at", path, func(s *ssh.Session) error {
		free, err = available(s, path)
		return err
	})
	return free, err
}

// available asks by an extension of OpenSSH (PROTOCOL, 4.5).
func available(s *ssh.Session, path string) (uint64, error) {
	if _, ok := s.HasExtension("statvfs@openssh.com"); !ok {
		return 0, errors.ErrUnsupported
	}
	v, err := s.StatVFS(path)
	if err != nil {
		return 0, err
	}
	return v.Frsize * v.Bavail, nil
}

// Rename implements host.Remote.
func (r *remote) Rename(ctx context.Context, from, to string) error {
	return r.do(ctx, "rename", from, func(s *ssh.Session) error {
		if err := rename(s, from, to); err != nil {
			return err
		}
		return r.settle(ctx, to)
	})
}

// rename is SFTP's own, which never replaces: OpenSSH's makes a link and removes the old name.
// What it says about a name that is taken is "Failure".
func rename(s *ssh.Session, from, to string) error {
	err := s.Rename(from, to)
	if err == nil || s.Lost(err) {
		return err
	}
	if _, stat := s.Lstat(to); stat == nil {
		return fmt.Errorf("to %s: %w", to, fs.ErrExist)
	}
	return fmt.Errorf("to %s: %w", to, err)
}

// Remove implements host.Remote.
func (r *remote) Remove(ctx context.Context, path string) error {
	return r.do(ctx, "remove", path, func(s *ssh.Session) error {
		if err := s.Remove(path); err != nil {
			return err
		}
		return r.settle(ctx, path)
	})
}
