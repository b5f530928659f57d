// Package safefs is file operations for a process, often root, that works inside directories which
// another user owns. That user may put a symbolic link, a hard link, a FIFO or a device where a file is
// expected, and may swap one for the other at any moment; an operation by path would follow, so that root
// overwrites or gives away any file of the machine.
//
// All goes through directory descriptors instead (openat(2) and its kin). A directory is reached one component
// at a time and held; an entry is named within it, and is never followed if it is a link. Symbolic links on
// the way to a directory are followed only where nobody else could have put them: see OpenDir.
//
// The package knows Linux and nothing of Redis. What it promises about other users needs /proc for
// Chmod alone.
package safefs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Dir is a directory that is held open: it stays the same one whatever happens to its path. Its methods
// take names of its entries; a name that is empty, ".", ".." or has a slash is an error (fs.ErrInvalid).
// Errors of methods are *fs.PathError unless they say otherwise.
type Dir struct {
	fd   int // O_PATH
	path string
}

// Path returns the path under which the directory was opened, for messages.
func (d *Dir) Path() string { return d.path }

// Close lets the directory go.
func (d *Dir) Close() error { return unix.Close(d.fd) }

// Split opens the directory of an absolute path and returns it with the last component's name.
func Split(path string) (*Dir, string, error) {
	name := filepath.Base(path)
	if err := checkName(name); err != nil || strings.HasSuffix(path, "/") {
		return nil, "", &fs.PathError{Op: "open", Path: path, Err: errors.New("not the path of a file")}
	}
	d, err := OpenDir(filepath.Dir(path))
	return d, name, err
}

// OpenDir opens the directory at name, which must not be a link.
func (d *Dir) OpenDir(name string) (*Dir, error) {
	fd, info, err := d.pin(name)
	if err != nil {
		return nil, d.fail("open", name, err)
	}
	if info.Kind != Directory {
		unix.Close(fd)
		return nil, d.fail("open", name, kindError(info.Kind, Directory))
	}
	return &Dir{fd: fd, path: filepath.Join(d.path, name)}, nil
}

// Stat describes the directory itself.
func (d *Dir) Stat() (Info, error) {
	info, err := statFD(d.fd)
	return info, d.fail("stat", "", err)
}

// OpenDirFile opens the directory at a path as OpenDir does, to be read, synced and locked (flock(2)).
func OpenDirFile(path string) (*os.File, error) {
	d, err := OpenDir(path)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	f, err := d.reopen()
	return f, d.fail("open", "", err)
}

// ReadNames returns the names of all entries but "." and "..", in no order.
func (d *Dir) ReadNames() ([]string, error) {
	f, err := d.reopen()
	if err != nil {
		return nil, d.fail("read", "", err)
	}
	defer f.Close()
	return f.Readdirnames(-1)
}

// Sync makes created, renamed and removed entries outlast a power cut.
func (d *Dir) Sync() error {
	if err := failpoint("sync-dir"); err != nil {
		return d.fail("sync", "", err)
	}
	f, err := d.reopen()
	if err != nil {
		return d.fail("sync", "", err)
	}
	defer f.Close()
	return f.Sync()
}

// SyncAll makes the whole file system outlast a power cut.
func (d *Dir) SyncAll() error {
	f, err := d.reopen()
	if err != nil {
		return d.fail("sync", "", err)
	}
	defer f.Close()
	return d.fail("sync", "", unix.Syncfs(int(f.Fd())))
}

// Free returns how many bytes of the file system an ordinary user can still fill. Root has some more on ext4.
func (d *Dir) Free() (int64, error) {
	var s unix.Statfs_t
	if err := unix.Fstatfs(d.fd, &s); err != nil {
		return 0, d.fail("statfs", "", err)
	}
	return int64(s.Bavail) * s.Frsize, nil
}

// Device returns the number of the file system: entries can be renamed, linked and cloned within one.
func (d *Dir) Device() (uint64, error) {
	info, err := d.Stat()
	return info.Dev, err
}

func checkName(name string) error {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
		return fmt.Errorf("%q is not a name in a directory: %w", name, fs.ErrInvalid)
	}
	return nil
}

// fail wraps an error of an operation on an entry, or on the directory itself where name is empty.
func (d *Dir) fail(op, name string, err error) error {
	if err == nil {
		return nil
	}
	path := d.path
	if name != "" {
		path = strings.TrimSuffix(d.path, "/") + "/" + name
	}
	return &fs.PathError{Op: op, Path: path, Err: err}
}
