package preview

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"redbook/runbook/host"
)

// A remote is another machine as the plan leaves it: what it says, less what the plan did. Only
// files come and go there, never directories.
type remote struct {
	picture *Picture
	peer    host.Peer
	real    host.RemoteFiles
	files   map[string]*pushed // by path; nil: the plan took it away
	spent   int64              // bytes that planned files take
}

// A pushed file is one that the plan put there, or moved.
type pushed struct {
	info   host.Info
	real   string       // the path of its content there, when it was moved
	digest *host.Digest // nil when only the run knows it, or it was moved
}

var _ host.Remote = (*remote)(nil)

// RemoteFiles implements host.Reader.
func (p *Picture) RemoteFiles(peer host.Peer) (host.RemoteFiles, error) { return p.remote(peer) }

// Remote implements host.Machine.
func (p *Picture) Remote(peer host.Peer) (host.Remote, error) { return p.remote(peer) }

func (p *Picture) remote(peer host.Peer) (*remote, error) {
	if r, ok := p.remotes[peer]; ok {
		return r, nil
	}
	real, err := p.real.RemoteFiles(peer)
	if err != nil {
		return nil, err
	}
	r := &remote{picture: p, peer: peer, real: real, files: map[string]*pushed{}}
	p.remotes[peer] = r
	return r, nil
}

// Stat implements host.RemoteFiles.
func (r *remote) Stat(ctx context.Context, path string) (host.Info, error) {
	f, known := r.files[path]
	switch {
	case !known:
		return r.real.Stat(ctx, path)
	case f == nil:
		return host.Info{}, r.fail("look at", path, fs.ErrNotExist)
	}
	info := f.info
	info.Path = path
	return info, nil
}

func (r *remote) fail(what, path string, err error) error {
	return fmt.Errorf("%s %s: %w", what, r.peer.At(path), err)
}

// Digest implements host.RemoteFiles.
func (r *remote) Digest(ctx context.Context, path string) (host.Digest, error) {
	f, known := r.files[path]
	switch {
	case !known:
		return r.real.Digest(ctx, path)
	case f == nil:
		return host.Digest{}, r.fail("read", path, fs.ErrNotExist)
	case f.digest != nil:
		return *f.digest, nil
	case f.real != "":
		return r.real.Digest(ctx, f.real)
	}
	return host.Digest{}, r.fail("read", path, fmt.Errorf("the plan puts it there: %w", host.ErrUnknown))
}

// Available implements host.RemoteFiles.
func (r *remote) Available(ctx context.Context, path string) (uint64, error) {
	free, err := r.real.Available(ctx, path)
	return free - min(free, uint64(r.spent)), err
}

// free wants a directory there that has no entry at path.
func (r *remote) free(ctx context.Context, what, path string) error {
	dir, err := r.Stat(ctx, filepath.Dir(path))
	if err != nil {
		return err
	}
	if dir.Kind != host.KindDirectory && dir.Kind != host.KindSymlink { // which that machine follows
		return r.fail(what, path, syscall.ENOTDIR)
	}
	_, err = r.Stat(ctx, path)
	if err == nil {
		return r.fail(what, path, fs.ErrExist)
	}
	if missing(err) {
		return nil
	}
	return err
}

// Push implements host.Remote.
func (r *remote) Push(ctx context.Context, t host.Transfer) (host.Transferred, error) {
	if err := r.free(ctx, "push to", t.To); err != nil {
		return host.Transferred{}, err
	}
	f := &pushed{info: host.Info{Kind: host.KindFile, Size: -1, Mode: 0o600, ModTime: r.picture.now}}
	done := host.Transferred{Digest: host.Digest{Size: -1}, Info: f.info}
	if t.Attr.Mode != nil {
		f.info.Mode = *t.Attr.Mode
	}
	if t.Content.SHA256 != "" {
		f.digest, f.info.Size, done.Digest = &t.Content, t.Content.Size, t.Content
		r.spent += t.Content.Size
	}
	r.files[t.To] = f
	return done, nil
}

// Fetch implements host.Remote. What is fetched only the run knows, but for its size and for
// what was said of it.
func (r *remote) Fetch(ctx context.Context, t host.Transfer) (host.Transferred, error) {
	done := host.Transferred{Digest: host.Digest{Size: -1}}
	info, err := r.Stat(ctx, t.From)
	if err != nil {
		return done, err
	}
	if info.Kind != host.KindFile {
		return done, r.fail("fetch", t.From, fmt.Errorf("it is a %s, not a regular file: %w", info.Kind, fs.ErrInvalid))
	}
	p := r.picture
	if err := p.Imagine(t.To, "what is fetched from "+r.peer.At(t.From), t.Attr); err != nil {
		return done, err
	}
	if err := p.spend(t.To, info.Size); err != nil {
		return done, err
	}
	if t.Content.SHA256 != "" {
		done.Digest = host.Digest{Size: info.Size, SHA256: t.Content.SHA256}
	}
	done.Info, err = p.Stat(t.To)
	return done, err
}

// Rename implements host.Remote.
func (r *remote) Rename(ctx context.Context, from, to string) error {
	info, err := r.Stat(ctx, from)
	if err != nil {
		return err
	}
	if err := r.free(ctx, "rename to", to); err != nil {
		return err
	}
	f := r.files[from]
	if f == nil {
		f = &pushed{info: info, real: from}
	}
	r.files[from], r.files[to] = nil, f
	return nil
}

// Remove implements host.Remote.
func (r *remote) Remove(ctx context.Context, path string) error {
	if _, err := r.Stat(ctx, path); err != nil {
		return err
	}
	r.files[path] = nil
	return nil
}
