package safefs

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Kind is what an entry is. The text is for messages.
type Kind string

const (
	File      Kind = "a regular file"
	Directory Kind = "a directory"
	Symlink   Kind = "a symbolic link"
	FIFO      Kind = "a FIFO"
	Socket    Kind = "a socket"
	Device    Kind = "a device"
)

// Info describes an entry itself; of a link, the link.
type Info struct {
	Kind     Kind
	Size     int64  // in bytes
	Mode     uint32 // permissions with setuid, setgid and sticky: 07777
	UID, GID int
	Inode    uint64
	Dev      uint64 // the file system
	Links    uint64 // names of the inode
	ModTime  time.Time
}

// SameFile says whether both describe one inode.
func (i Info) SameFile(other Info) bool { return i.Dev == other.Dev && i.Inode == other.Inode }

// A KindError says that an entry is not of the kind that an operation works on.
type KindError struct{ Got, Want Kind }

func (e *KindError) Error() string { return fmt.Sprintf("is %s where %s is expected", e.Got, e.Want) }

func kindError(got, want Kind) error { return &KindError{got, want} }

// Lstat describes the entry at name.
func (d *Dir) Lstat(name string) (Info, error) {
	info, err := d.lstat(name)
	return info, d.fail("lstat", name, err)
}

func (d *Dir) lstat(name string) (Info, error) {
	if err := checkName(name); err != nil {
		return Info{}, err
	}
	var st unix.Stat_t
	err := retry(func() error { return unix.Fstatat(d.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) })
	return infoOf(&st), err
}

// Readlink returns where the link at name points to.
func (d *Dir) Readlink(name string) (string, error) {
	if err := checkName(name); err != nil {
		return "", d.fail("readlink", name, err)
	}
	target, err := readlink(d.fd, name)
	return target, d.fail("readlink", name, err)
}

// pin opens the inode at name, whatever it is, without the effects of opening it: the descriptor (O_PATH)
// names this inode from now on.
func (d *Dir) pin(name string) (fd int, info Info, err error) {
	if err := checkName(name); err != nil {
		return -1, Info{}, err
	}
	fd, err = openat(d.fd, name, unix.O_PATH|unix.O_NOFOLLOW, 0)
	if err != nil {
		return -1, Info{}, err
	}
	info, err = statFD(fd)
	if err != nil {
		unix.Close(fd)
		return -1, Info{}, err
	}
	return fd, info, nil
}

// reopen returns a descriptor of the directory that can be read and synced.
func (d *Dir) reopen() (*os.File, error) {
	fd, err := openat(d.fd, ".", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), d.path), nil
}

func statFD(fd int) (Info, error) {
	var st unix.Stat_t
	err := retry(func() error { return unix.Fstat(fd, &st) })
	return infoOf(&st), err
}

func infoOf(st *unix.Stat_t) Info {
	return Info{
		Kind:    kindOf(st.Mode),
		Size:    st.Size,
		Mode:    st.Mode & 0o7777,
		UID:     int(st.Uid),
		GID:     int(st.Gid),
		Inode:   st.Ino,
		Dev:     uint64(st.Dev),   //nolint:unconvert // int32 on some architectures
		Links:   uint64(st.Nlink), //nolint:unconvert // uint32 on some architectures
		ModTime: time.Unix(st.Mtim.Unix()),
	}
}

func kindOf(mode uint32) Kind {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return File
	case unix.S_IFDIR:
		return Directory
	case unix.S_IFLNK:
		return Symlink
	case unix.S_IFIFO:
		return FIFO
	case unix.S_IFSOCK:
		return Socket
	}
	return Device
}
