package safefs

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// RenameNoReplace moves the entry at name to toName in to. If anything is at toName, nothing happens and the error is
// fs.ErrExist; there is no moment at which another process could lose a file to this.
func (d *Dir) RenameNoReplace(name string, to *Dir, toName string) error {
	return d.rename(name, to, toName, unix.RENAME_NOREPLACE)
}

// RenameReplace moves the entry at name to toName in to, over a file that is there.
func (d *Dir) RenameReplace(name string, to *Dir, toName string) error {
	return d.rename(name, to, toName, 0)
}

// Exchange swaps two entries, which may be of different kinds.
func (d *Dir) Exchange(name string, to *Dir, toName string) error {
	return d.rename(name, to, toName, unix.RENAME_EXCHANGE)
}

func (d *Dir) rename(name string, to *Dir, toName string, flags uint) error {
	err := errors.Join(checkName(name), checkName(toName), failpoint("rename"))
	if err == nil {
		err = retry(func() error { return renameat2(d.fd, name, to.fd, toName, flags) })
	}
	unsupported := errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EOPNOTSUPP)
	if unsupported && flags == unix.RENAME_NOREPLACE {
		err = d.moveByLink(name, to, toName)
	}
	if err == nil {
		return nil
	}
	return &os.LinkError{Op: "rename", Old: d.path + "/" + name, New: to.path + "/" + toName, Err: err}
}

// renameat2 is a variable so that tests can play a file system without its flags.
var renameat2 = unix.Renameat2

// moveByLink is RenameNoReplace for a file system that has no such flag (NFS, older FUSE): link(2) never replaces.
func (d *Dir) moveByLink(name string, to *Dir, toName string) error {
	info, err := d.lstat(name)
	if err != nil {
		return err
	}
	if info.Kind == Directory {
		return fmt.Errorf("the file system cannot move a directory without risk to what is at the new name: %w", unix.EOPNOTSUPP)
	}
	if err := unix.Linkat(d.fd, name, to.fd, toName, 0); err != nil {
		return err
	}
	if err := unix.Unlinkat(d.fd, name, 0); err != nil {
		return errors.Join(err, unix.Unlinkat(to.fd, toName, 0))
	}
	return nil
}
