package safefs

import (
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/sys/unix"
)

// A HardLinkError says that a file in a directory which others control has further names: root must not give it
// away, since it may be any file of the file system.
type HardLinkError struct {
	Path  string
	Links uint64
}

func (e *HardLinkError) Error() string {
	return fmt.Sprintf("%s has %d names (hard links), of which another user may have put this one here; copy the file, and put the copy in its place", e.Path, e.Links)
}

// Chown gives the file or directory at name to a user and a group; -1 leaves one of them. A link or other entry is a
// *KindError. Run by root in a directory to which others may write, a file with more than one name is a *HardLinkError,
// unless it has the owner already.
func (d *Dir) Chown(name string, uid, gid int) error {
	fd, info, err := d.pinOwn(name)
	if err != nil {
		return d.fail("chown", name, err)
	}
	defer unix.Close(fd)
	if (uid == -1 || uid == info.UID) && (gid == -1 || gid == info.GID) {
		return nil // also spares setuid bits, which chown(2) takes away
	}
	if err := d.checkHardLink(name, info); err != nil {
		return err
	}
	return d.fail("chown", name, unix.Fchownat(fd, "", uid, gid, unix.AT_EMPTY_PATH))
}

// Chmod sets the permissions (07777) of the file or directory at name. The errors are those of Chown.
func (d *Dir) Chmod(name string, mode uint32) error {
	fd, info, err := d.pinOwn(name)
	if err != nil {
		return d.fail("chmod", name, err)
	}
	defer unix.Close(fd)
	if info.Mode == mode&0o7777 {
		return nil
	}
	if err := d.checkHardLink(name, info); err != nil {
		return err
	}
	return d.fail("chmod", name, chmodFD(fd, mode))
}

// chmodFD is fchmod(2) for an O_PATH descriptor, which that refuses: its entry in /proc leads to the pinned inode itself.
func chmodFD(fd int, mode uint32) error {
	err := unix.Chmod(fmt.Sprintf("/proc/self/fd/%d", fd), mode&0o7777)
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("/proc is not mounted; mount it")
	}
	return err
}

// pinOwn pins a file or directory.
func (d *Dir) pinOwn(name string) (int, Info, error) {
	fd, info, err := d.pin(name)
	if err != nil {
		return -1, info, err
	}
	if info.Kind != File && info.Kind != Directory {
		unix.Close(fd)
		return -1, info, kindError(info.Kind, File)
	}
	return fd, info, nil
}

func (d *Dir) checkHardLink(name string, info Info) error {
	if info.Kind != File || info.Links < 2 || euid() != 0 {
		return nil
	}
	dir, err := d.Stat()
	if err != nil {
		return err
	}
	if trusted(dir.UID) && dir.Mode&0o022 == 0 {
		return nil
	}
	return &HardLinkError{Path: d.path + "/" + name, Links: info.Links}
}
