package safefs

import (
	"errors"

	"golang.org/x/sys/unix"
)

// MakeDir makes an empty directory at path, which must not exist (fs.ErrExist). Until it has its owner it is the
// process's own and private, and it is given away only while nothing is in it: another user who controls the directory
// above may have put one of somebody else's in its place.
func MakeDir(path string, attr Attr) error {
	d, name, err := Split(path)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := unix.Mkdirat(d.fd, name, 0o700); err != nil {
		return d.fail("mkdir", name, err)
	}
	if err := d.finishDir(name, attr); err != nil {
		return errors.Join(err, d.Remove(name))
	}
	return d.Sync()
}

func (d *Dir) finishDir(name string, attr Attr) error {
	if err := failpoint("mkdir"); err != nil {
		return d.fail("mkdir", name, err)
	}
	sub, err := d.OpenDir(name)
	if err != nil {
		return err
	}
	defer sub.Close()
	info, err := sub.Stat()
	if err != nil {
		return err
	}
	names, err := sub.ReadNames()
	if err != nil {
		return err
	}
	if info.UID != euid() || len(names) > 0 {
		return d.fail("mkdir", name, errors.New("another process replaced the directory while it was made"))
	}
	if attr.UID != -1 || attr.GID != -1 {
		if err := unix.Fchownat(sub.fd, "", attr.UID, attr.GID, unix.AT_EMPTY_PATH); err != nil {
			return d.fail("chown", name, err)
		}
	}
	if err := chmodFD(sub.fd, attr.Mode); err != nil {
		return d.fail("chmod", name, err)
	}
	return sub.Sync()
}
