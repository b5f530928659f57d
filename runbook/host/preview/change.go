package preview

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"

	"redbook/runbook/host"
)

// copied notes a copy that a step made.
type copied struct {
	path    string
	content content
	place   place
}

// CopyFile implements host.FileChanger. A copy without a mode gets the
// original's. The digest of content that only the
// run will know is Digest{Size: -1}, and that is no error.
func (p *Picture) CopyFile(ctx context.Context, from, to string, a host.Attr) (host.Digest, error) {
	src, err := p.regular("copy", from)
	if err != nil {
		return host.Digest{}, err
	}
	dir, err := p.free("copy", to)
	if err != nil {
		return host.Digest{}, err
	}
	digest, err := p.copyDigest(ctx, from, src.content)
	if err != nil {
		return host.Digest{}, err
	}
	if err := p.spend(to, digest.Size); err != nil {
		return host.Digest{}, err
	}
	n := &node{content: src.content, info: host.Info{
		Kind: host.KindFile, Size: digest.Size, Mode: src.info.Mode & 0o777, UID: p.runner.UID, GID: p.runner.GID,
		Device: dir.info.Device, ModTime: p.now, Links: 1,
	}}
	n.setAttr(a)
	p.dropPart(dir.node, to)
	p.put(dir.node, filepath.Base(to), n)
	p.copies = append(p.copies, copied{path: to, content: n.content, place: n.place})
	return digest, nil
}

func (p *Picture) copyDigest(ctx context.Context, path string, c content) (host.Digest, error) {
	if c.snapshot != nil {
		return host.Digest{Size: -1}, nil
	}
	return p.dumps.digest(ctx, path, c)
}

// spend takes room for a new file. A size that is not known costs nothing.
func (p *Picture) spend(path string, size int64) error {
	if size <= 0 {
		return nil
	}
	space, err := p.Space(filepath.Dir(path))
	if err != nil {
		return err
	}
	if uint64(size) > space.Available {
		return &fs.PathError{Op: "copy", Path: path, Err: syscall.ENOSPC}
	}
	p.spent[space.Device] += size
	return nil
}

// dropPart removes what a killed run left beside path: writing path takes its
// place and then its name.
func (p *Picture) dropPart(dir *node, path string) {
	name := filepath.Base(host.PartName(path))
	if _, err := p.child(dir, name); err == nil {
		dir.attach(name, nil)
	}
}

// ReplaceFile implements host.FileChanger.
func (p *Picture) ReplaceFile(_ context.Context, path string, content []byte) error {
	f, err := p.pin("replace", path)
	if err != nil {
		return err
	}
	if f.info.Kind != host.KindFile {
		return notRegular("replace", path, f.info.Kind)
	}
	p.dropPart(f.parent, path)
	p.put(f.parent, f.name, fileOf(content, f.info, p.now))
	return nil
}

// Rename implements host.FileChanger.
func (p *Picture) Rename(_ context.Context, from, to string) error {
	src, err := p.pin("rename", from)
	if err != nil {
		return err
	}
	if strings.HasPrefix(to, from+"/") {
		return &fs.PathError{Op: "rename", Path: to, Err: syscall.EINVAL}
	}
	dir, err := p.free("rename", to)
	if err != nil {
		return err
	}
	if err := p.sameFilesystem(from, to); err != nil {
		return err
	}
	src.parent.attach(src.name, nil)
	p.put(dir.node, filepath.Base(to), src.node)
	return nil
}

func (p *Picture) sameFilesystem(from, to string) error {
	a, err := p.Space(filepath.Dir(from))
	if err != nil {
		return err
	}
	b, err := p.Space(filepath.Dir(to))
	if err != nil {
		return err
	}
	if a.Device != b.Device {
		return &fs.PathError{Op: "rename", Path: to, Err: syscall.EXDEV}
	}
	return nil
}

// Remove implements host.FileChanger.
func (p *Picture) Remove(_ context.Context, path string) error {
	f, err := p.pin("remove", path)
	if err != nil {
		return err
	}
	switch f.info.Kind {
	case host.KindFile:
		if f.info.Links <= 1 && f.info.Size > 0 {
			p.spent[f.info.Device] -= f.info.Size
		}
	case host.KindDirectory:
		list, err := p.ReadDir(path)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			return &fs.PathError{Op: "remove", Path: path, Err: syscall.ENOTEMPTY}
		}
	}
	f.parent.attach(f.name, nil)
	return nil
}

// Sync implements host.FileChanger. Nothing in a picture outlasts anything.
func (p *Picture) Sync(context.Context, string) error { return nil }

// SetAttr implements host.FileChanger.
func (p *Picture) SetAttr(_ context.Context, path string, a host.Attr) error {
	f, err := p.pin("set owner and mode", path)
	if err != nil {
		return err
	}
	if f.info.Kind != host.KindFile && f.info.Kind != host.KindDirectory {
		return notRegular("set owner and mode", path, f.info.Kind)
	}
	n := node{info: f.info}
	n.setAttr(a)
	if n.info.UID == f.info.UID && n.info.GID == f.info.GID && n.info.Mode == f.info.Mode {
		return nil
	}
	if err := p.mayOwn(f, n.info); err != nil {
		return &fs.PathError{Op: "set owner and mode", Path: path, Err: err}
	}
	f.info = n.info
	return nil
}

func (n *node) setAttr(a host.Attr) {
	if a.UID >= 0 {
		n.info.UID = a.UID
	}
	if a.GID >= 0 {
		n.info.GID = a.GID
	}
	if a.Mode != nil {
		n.info.Mode = *a.Mode & 0o7777
	}
}

// mayOwn refuses what the run could not do or would not dare: only root gives
// files away, and it does not where the name may be another user's hard link
// to any file of the filesystem.
func (p *Picture) mayOwn(f found, want host.Info) error {
	if p.runner.UID != 0 {
		if f.info.UID != p.runner.UID || want.UID != f.info.UID {
			return fs.ErrPermission
		}
		return nil
	}
	dir := f.parent.info
	if f.info.Kind == host.KindFile && f.info.Links > 1 && (dir.UID != 0 || dir.Mode&0o022 != 0) {
		return fmt.Errorf("it has %d names (hard links), of which another user may have put this one here; copy the file, and put the copy in its place", f.info.Links)
	}
	return nil
}
