package safefs

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Open opens the regular file at name for reading. A link, FIFO, device or directory is a *KindError, and is
// not opened.
func (d *Dir) Open(name string) (*os.File, error) {
	f, err := d.open(name)
	return f, d.fail("open", name, err)
}

func (d *Dir) open(name string) (*os.File, error) {
	info, err := d.lstat(name)
	if err != nil {
		return nil, err
	}
	if info.Kind != File {
		return nil, kindError(info.Kind, File)
	}
	// What was looked at may have been swapped since: O_NONBLOCK keeps a FIFO from blocking the
	// open, and what was opened is looked at again.
	fd, err := openat(d.fd, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if errors.Is(err, unix.ELOOP) {
		return nil, kindError(Symlink, File)
	}
	if err != nil {
		return nil, err
	}
	if info, err = statFD(fd); err == nil && info.Kind != File {
		err = kindError(info.Kind, File)
	}
	if err == nil {
		err = unix.SetNonblock(fd, false)
	}
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), filepath.Join(d.path, name)), nil
}

// Create makes a new file at name, open for reading and writing. Whatever is at name already is fs.ErrExist. The file
// is private (0600) until it gets mode, which the umask does not change.
func (d *Dir) Create(name string, mode uint32) (*os.File, error) {
	f, err := d.create(name)
	if err != nil {
		return nil, d.fail("create", name, err)
	}
	if err := unix.Fchmod(int(f.Fd()), mode&0o7777); err != nil {
		f.Close()
		_ = d.Remove(name)
		return nil, d.fail("chmod", name, err)
	}
	return f, nil
}

func (d *Dir) create(name string) (*os.File, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	if err := failpoint("create"); err != nil {
		return nil, err
	}
	fd, err := openat(d.fd, name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), filepath.Join(d.path, name)), nil
}

// Mkdir makes a directory with exactly mode.
func (d *Dir) Mkdir(name string, mode uint32) error {
	if err := checkName(name); err != nil {
		return d.fail("mkdir", name, err)
	}
	if err := unix.Mkdirat(d.fd, name, 0o700); err != nil {
		return d.fail("mkdir", name, err)
	}
	if mode&0o7777 == 0o700 {
		return nil
	}
	return d.Chmod(name, mode)
}
