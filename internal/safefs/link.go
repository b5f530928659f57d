package safefs

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Link gives the regular file at from a second name, to, on the same file system. A name that is taken is fs.ErrExist;
// there, and for a link or another entry at from, nothing is made.
func Link(from, to string) error {
	src, name, err := Split(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, toName, err := Split(to)
	if err != nil {
		return err
	}
	defer dst.Close()
	if err := src.link(name, dst, toName); err != nil {
		return &os.LinkError{Op: "link", Old: from, New: to, Err: err}
	}
	return dst.Sync()
}

func (d *Dir) link(name string, to *Dir, toName string) error {
	fd, info, err := d.pin(name) // held, so that no other entry can be given its inode
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if info.Kind != File {
		return kindError(info.Kind, File)
	}
	if err := failpoint("link"); err != nil {
		return err
	}
	if err := retry(func() error { return unix.Linkat(d.fd, name, to.fd, toName, 0) }); err != nil {
		return err
	}
	made, err := to.lstat(toName)
	if err == nil && !made.SameFile(info) {
		err = errors.New("another process replaced the file while it was linked")
	}
	if err != nil {
		return errors.Join(err, to.remove(toName))
	}
	return nil
}
