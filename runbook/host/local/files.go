package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"redbook/internal/safefs"
	"redbook/runbook/host"
)

// Stat implements host.Files.
func (m *Machine) Stat(path string) (host.Info, error) {
	if path == "/" {
		d, err := safefs.OpenDir(path)
		if err != nil {
			return host.Info{}, err
		}
		defer d.Close()
		info, err := d.Stat()
		return describeEntry(path, info), err
	}
	var info safefs.Info
	err := inParent(path, func(d *safefs.Dir, name string) (err error) {
		info, err = d.Lstat(name)
		return err
	})
	if err != nil {
		return host.Info{}, err
	}
	return describeEntry(path, info), nil
}

func describeEntry(path string, i safefs.Info) host.Info {
	kind := host.KindDevice
	switch i.Kind {
	case safefs.FIFO:
		kind = host.KindFIFO
	case safefs.Socket:
		kind = host.KindSocket
	case safefs.File:
		kind = host.KindFile
	case safefs.Directory:
		kind = host.KindDirectory
	case safefs.Symlink:
		kind = host.KindSymlink
	}
	return host.Info{
		Path: path, Kind: kind, Size: i.Size, Mode: i.Mode, UID: i.UID, GID: i.GID,
		Device: i.Dev, Inode: i.Inode, ModTime: i.ModTime, Links: i.Links,
	}
}

// inParent runs do with the directory of path held open, and path's name in it.
func inParent(path string, do func(d *safefs.Dir, name string) error) error {
	d, name, err := safefs.Split(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return do(d, name)
}

// Open implements host.Files.
func (m *Machine) Open(path string) (io.ReadCloser, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func openFile(path string) (f *os.File, err error) {
	err = inParent(path, func(d *safefs.Dir, name string) (err error) {
		f, err = d.Open(name)
		return err
	})
	return f, err
}

// ReadDir implements host.Files.
func (m *Machine) ReadDir(path string) ([]host.Info, error) {
	d, err := openDirectory(path)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	names, err := d.ReadNames()
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	entries := make([]host.Info, 0, len(names))
	for _, name := range names {
		info, err := d.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it went in between
		}
		if err != nil {
			return nil, err
		}
		entries = append(entries, describeEntry(filepath.Join(path, name), info))
	}
	return entries, nil
}

// openDirectory opens a directory whose own name is no link.
func openDirectory(path string) (*safefs.Dir, error) {
	if path == "/" {
		return safefs.OpenDir(path)
	}
	var sub *safefs.Dir
	err := inParent(path, func(d *safefs.Dir, name string) (err error) {
		sub, err = d.OpenDir(name)
		return err
	})
	return sub, err
}

// Digest implements host.Files.
func (m *Machine) Digest(ctx context.Context, path string) (host.Digest, error) {
	d, err := safefs.DigestFile(ctx, path)
	return host.Digest(d), err
}

// Space implements host.Files.
func (m *Machine) Space(path string) (host.Space, error) {
	info, err := m.Stat(path)
	if err != nil {
		return host.Space{}, err
	}
	dir := path
	if info.Kind != host.KindDirectory {
		dir = filepath.Dir(path)
	}
	d, err := openDirectory(dir)
	if err != nil {
		return host.Space{}, err
	}
	defer d.Close()
	device, err := d.Device()
	if err != nil {
		return host.Space{}, err
	}
	free, err := d.Free()
	return host.Space{Device: device, Available: uint64(max(free, 0))}, err
}

// ReplaceFile implements host.FileChanger.
func (m *Machine) ReplaceFile(ctx context.Context, path string, content []byte) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	info, err := m.Stat(path)
	if err != nil {
		return err
	}
	if info.Kind != host.KindFile {
		return fmt.Errorf("replace %s: it is a %s, and only a file can be replaced", path, info.Kind)
	}
	return safefs.WriteFile(path, content, safefs.Attr{UID: info.UID, GID: info.GID, Mode: info.Mode})
}

// Rename implements host.FileChanger.
func (m *Machine) Rename(ctx context.Context, from, to string) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return inParent(from, func(fromDir *safefs.Dir, name string) error {
		return inParent(to, func(toDir *safefs.Dir, toName string) error {
			if err := fromDir.RenameNoReplace(name, toDir, toName); err != nil {
				return err
			}
			if err := toDir.Sync(); err != nil {
				return err
			}
			if filepath.Dir(from) == filepath.Dir(to) {
				return nil
			}
			return fromDir.Sync()
		})
	})
}

// Remove implements host.FileChanger.
func (m *Machine) Remove(ctx context.Context, path string) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return inParent(path, func(d *safefs.Dir, name string) error {
		if err := d.Remove(name); err != nil {
			return err
		}
		return d.Sync()
	})
}

// SetAttr implements host.FileChanger. The owner is set first, since a change of
// owner takes set-id bits away.
func (m *Machine) SetAttr(ctx context.Context, path string, a host.Attr) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return inParent(path, func(d *safefs.Dir, name string) error {
		if a.UID != -1 || a.GID != -1 {
			if err := d.Chown(name, a.UID, a.GID); err != nil {
				return err
			}
		}
		if a.Mode != nil {
			if err := d.Chmod(name, *a.Mode); err != nil {
				return err
			}
		}
		return syncEntry(d, name)
	})
}

// Sync implements host.FileChanger.
func (m *Machine) Sync(ctx context.Context, path string) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	err := inParent(path, func(d *safefs.Dir, name string) error {
		err := syncEntry(d, name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return d.Sync()
	})
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}

// syncEntry makes the attributes of a file or directory outlast a power cut.
func syncEntry(d *safefs.Dir, name string) error {
	info, err := d.Lstat(name)
	if err != nil {
		return err
	}
	if info.Kind != safefs.Directory && info.Kind != safefs.File {
		return nil // a link has nothing of its own to sync
	}
	if info.Kind == safefs.Directory {
		sub, err := d.OpenDir(name)
		if err != nil {
			return err
		}
		defer sub.Close()
		return sub.Sync()
	}
	f, err := d.Open(name)
	if errors.Is(err, fs.ErrPermission) {
		return d.SyncAll() // not readable to its owner any more, so that it cannot be synced alone
	}
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
