package safefs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// ErrBusy says that another process is writing the same file.
var ErrBusy = errors.New("another process is writing it; wait for its end")

// Resume makes a new file at path, which must not exist (fs.ErrExist), like Create. Unlike there an error of write
// leaves the part behind, and the next Resume goes on with it: write is given the part, which may hold bytes of an
// earlier attempt, and answers for its whole content. A part that this process's user did not make is not gone on
// with. Two at a time are ErrBusy for the second.
func Resume(path string, attr Attr, write func(part *os.File) error) error {
	d, name, err := Split(path)
	if err != nil {
		return err
	}
	defer d.Close()
	if _, err := d.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = d.fail("create", name, fs.ErrExist)
		}
		return err
	}
	p, err := d.resumePart(name)
	if err != nil {
		return d.noSpace(name, 0, err)
	}
	defer p.file.Close() // after finish it is synced, and before there is nothing to lose
	err = write(p.file)
	if err == nil {
		err = p.finish(attr)
	}
	if err == nil {
		err = d.RenameNoReplace(p.name, d, name)
	}
	if err != nil {
		size, _ := p.file.Seek(0, 2)
		return d.noSpace(name, size, err)
	}
	return d.Sync()
}

// resumePart opens the part that is there, or makes one, and locks it.
func (d *Dir) resumePart(name string) (*part, error) {
	p := &part{dir: d, name: PartName(name)}
	var err error
	if p.file, err = d.reopenPart(p.name); errors.Is(err, fs.ErrNotExist) {
		p, err = d.createPart(name)
	}
	if err != nil {
		return nil, d.fail("open", p.name, err)
	}
	err = retry(func() error { return unix.Flock(int(p.file.Fd()), unix.LOCK_EX|unix.LOCK_NB) })
	if err == nil {
		err = p.check() // who had the lock may have given the file its name
	}
	if errors.Is(err, unix.EWOULDBLOCK) || errors.Is(err, errReplaced) {
		err = ErrBusy
	}
	if err != nil {
		p.file.Close()
		return nil, d.fail("lock", p.name, err)
	}
	return p, nil
}

// reopenPart opens a part that only this process's user can have made. Any other is as good as none.
func (d *Dir) reopenPart(name string) (*os.File, error) {
	fd, err := openat(d.fd, name, unix.O_RDWR|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.EISDIR) || errors.Is(err, unix.ENXIO) || errors.Is(err, fs.ErrPermission) {
		return nil, fs.ErrNotExist
	}
	if err != nil {
		return nil, err
	}
	info, err := statFD(fd)
	if err == nil && (info.Kind != File || info.Links != 1 || info.UID != euid() || info.Mode&0o077 != 0) {
		err = fs.ErrNotExist
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
