package safefs

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

// maxPasses bounds how often RemoveAll empties a directory that somebody keeps filling.
const maxPasses = 16

// Remove removes the file, link or empty directory at name.
func (d *Dir) Remove(name string) error {
	return d.fail("remove", name, d.remove(name))
}

func (d *Dir) remove(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if err := failpoint("remove"); err != nil {
		return err
	}
	err := retry(func() error { return unix.Unlinkat(d.fd, name, 0) })
	if errors.Is(err, unix.EISDIR) {
		err = retry(func() error { return unix.Unlinkat(d.fd, name, unix.AT_REMOVEDIR) })
	}
	return err
}

// RemoveAll removes the entry at name and, if it is a directory, all in it. It follows no link and enters no other
// file system; it stops at the first entry that it cannot remove. It is no error if nothing is at name.
func (d *Dir) RemoveAll(name string) error {
	err := d.Remove(name)
	for range maxPasses {
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if !errors.Is(err, unix.ENOTEMPTY) && !errors.Is(err, unix.EEXIST) {
			return err
		}
		if err := d.empty(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		err = d.Remove(name)
	}
	return err
}

// empty removes what is in the directory at name.
func (d *Dir) empty(name string) error {
	sub, err := d.OpenDir(name)
	if err != nil {
		return err
	}
	defer sub.Close()
	here, err := d.Device()
	if err != nil {
		return err
	}
	if there, err := sub.Device(); err != nil {
		return err
	} else if there != here {
		return d.fail("remove", name, errors.New("another file system is mounted there; unmount it first"))
	}
	names, err := sub.ReadNames()
	if err != nil {
		return err
	}
	for _, n := range names {
		if err := sub.RemoveAll(n); err != nil {
			return err
		}
	}
	return nil
}
