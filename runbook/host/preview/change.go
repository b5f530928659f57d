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
	if err := p.sameFilesystem("rename", from, to); err != nil {
		return err
	}
	src.parent.attach(src.name, nil)
	p.put(dir.node, filepath.Base(to), src.node)
	return nil
}

func (p *Picture) sameFilesystem(op, from, to string) error {
	a, err := p.Space(filepath.Dir(from))
	if err != nil {
		return err
	}
	b, err := p.Space(filepath.Dir(to))
	if err != nil {
		return err
	}
	if a.Device != b.Device {
		return &fs.PathError{Op: op, Path: to, Err: syscall.EXDEV}
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
