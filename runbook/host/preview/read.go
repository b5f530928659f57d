package preview

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"redbook/runbook/host"
)

// Stat implements host.Files. An entry that only the picture has is of inode 0.
func (p *Picture) Stat(path string) (host.Info, error) {
	if path == "/" {
		return p.real.Stat(path)
	}
	f, err := p.find("stat", path)
	if err != nil {
		return host.Info{}, err
	}
	info := f.info
	info.Path = path
	return info, nil
}

// exists tells whether there is an entry at path that can be looked at.
func (p *Picture) exists(path string) bool {
	_, err := p.Stat(path)
	return err == nil
}

// regular finds the regular file at path.
func (p *Picture) regular(op, path string) (found, error) {
	f, err := p.find(op, path)
	if err == nil && f.info.Kind != host.KindFile {
		err = notRegular(op, path, f.info.Kind)
	}
	return f, err
}

func notRegular(op, path, kind string) error {
	return fmt.Errorf("%s %s: it is a %s, not a regular file: %w", op, path, kind, fs.ErrInvalid)
}

// Open implements host.Files.
func (p *Picture) Open(path string) (io.ReadCloser, error) {
	f, err := p.regular("open", path)
	if err != nil {
		return nil, err
	}
	return p.open(path, f.content)
}

// Digest implements host.Files.
func (p *Picture) Digest(ctx context.Context, path string) (host.Digest, error) {
	f, err := p.regular("digest", path)
	if err != nil {
		return host.Digest{}, err
	}
	return p.dumps.digest(ctx, path, f.content)
}

// ReadDump implements host.DumpReader.
func (p *Picture) ReadDump(ctx context.Context, path string) (host.Dump, error) {
	f, err := p.regular("read", path)
	if err != nil {
		return host.Dump{}, err
	}
	d, err := p.dumps.scan(ctx, path, f.content)
	if err != nil {
		return host.Dump{}, err
	}
	return *d, nil
}

// ReadDir implements host.Files.
func (p *Picture) ReadDir(path string) ([]host.Info, error) {
	f, err := p.find("readdir", path)
	if err != nil {
		return nil, err
	}
	if f.info.Kind != host.KindDirectory {
		return nil, &fs.PathError{Op: "readdir", Path: path, Err: syscall.ENOTDIR}
	}
	var list []host.Info
	if f.origin != "" {
		real, err := p.real.ReadDir(f.origin)
		if err != nil {
			return nil, err
		}
		for _, info := range real {
			if _, known := f.children[filepath.Base(info.Path)]; !known {
				info.Path = filepath.Join(path, filepath.Base(info.Path))
				list = append(list, info)
			}
		}
	}
	for name, child := range f.children {
		if child != nil {
			info := child.info
			info.Path = filepath.Join(path, name)
			list = append(list, info)
		}
	}
	slices.SortFunc(list, func(a, b host.Info) int { return strings.Compare(a.Path, b.Path) })
	return list, nil
}

// Space implements host.Files: the real room less what planned files take.
func (p *Picture) Space(path string) (host.Space, error) {
	if _, err := p.Stat(path); err != nil {
		return host.Space{}, err
	}
	space, err := p.real.Space(p.onReal(path))
	if err != nil {
		return host.Space{}, err
	}
	space.Available = uint64(max(0, int64(space.Available)-p.spent[space.Device]))
	return space, nil
}

// onReal returns a path of the real machine on the filesystem that holds the
// existing path.
func (p *Picture) onReal(path string) string {
	for ; path != "/"; path = filepath.Dir(path) {
		f, err := p.find("space", path)
		if err != nil {
			continue
		}
		if f.origin != "" {
			return f.origin
		}
		if f.content.real != "" && f.content.seen.Inode == f.info.Inode {
			return f.content.real
		}
	}
	return path
}

// missing tells that there is nothing at path, apart from not being able to tell.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}
