package safefs

import (
	"errors"
	"fmt"
	"io/fs"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// maxLinks is how many links one path may pass, as in the kernel (path_resolution(7)).
const maxLinks = 40

// PlantedLinkError says that a path leads through a symbolic link which somebody else could have put there.
type PlantedLinkError struct {
	Path  string // what was to be opened
	Link  string // the component that is a link
	Owner int    // the user id that controls the link: its owner's, or that of its directory's owner
	Where string // what makes the link doubtful
}

func (e *PlantedLinkError) Error() string {
	return fmt.Sprintf("open directory %s: %s is a symbolic link %s (%s), and is not followed; give the path that it stands for, or replace it by a directory",
		e.Path, e.Link, e.Where, userName(e.Owner))
}

// OpenDir opens the directory at an absolute path without "..". A component that is a symbolic link is
// followed only if root or the process's own user owns it and the directory in which it stands, and nobody else
// can rename it there: the directory is not writable by group or others, or is sticky. Any other link
// is a *PlantedLinkError.
func OpenDir(path string) (*Dir, error) {
	if !filepath.IsAbs(path) || slices.Contains(strings.Split(path, "/"), "..") {
		return nil, &fs.PathError{Op: "open directory", Path: path, Err: errors.New("the path must be absolute and without dots")}
	}
	w := walk{path: path, todo: components(path)}
	defer w.closeAll()
	if err := w.run(); err != nil {
		return nil, err
	}
	last := w.opened[len(w.opened)-1]
	w.opened = w.opened[:len(w.opened)-1]
	return &Dir{fd: last.fd, path: filepath.Clean(path)}, nil
}

// walk is a path resolution in user space. It holds every directory from the root on, so that ".." in a link's
// target is the directory that was passed and not what its entry ".." says now.
type walk struct {
	path   string
	todo   []string // components yet to pass
	opened []node
	links  int
}

type node struct {
	fd   int
	path string
	info Info
}

func (w *walk) run() error {
	root, err := unix.Open("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &fs.PathError{Op: "open directory", Path: "/", Err: err}
	}
	info, err := statFD(root)
	w.opened = []node{{root, "/", info}}
	for err == nil && len(w.todo) > 0 {
		name := w.todo[0]
		w.todo = w.todo[1:]
		if name == ".." {
			w.ascend()
			continue
		}
		err = w.descend(name)
	}
	return err
}

func (w *walk) ascend() {
	if last := len(w.opened) - 1; last > 0 {
		unix.Close(w.opened[last].fd)
		w.opened = w.opened[:last]
	}
}

func (w *walk) descend(name string) error {
	parent := w.opened[len(w.opened)-1]
	path := filepath.Join(parent.path, name)
	if err := failpoint("walk " + path); err != nil {
		return err
	}
	fd, err := openat(parent.fd, name, unix.O_PATH|unix.O_NOFOLLOW, 0)
	if err != nil {
		return w.fail(path, err)
	}
	info, err := statFD(fd)
	switch {
	case err != nil:
		err = w.fail(path, err)
	case info.Kind == Directory:
		w.opened = append(w.opened, node{fd, path, info})
		return nil
	case info.Kind == Symlink:
		err = w.follow(parent, fd, path, info)
	default:
		err = w.fail(path, kindError(info.Kind, Directory))
	}
	unix.Close(fd)
	return err
}

// follow puts the target of the link that fd holds in front of what is to be passed.
func (w *walk) follow(parent node, fd int, path string, link Info) error {
	if err := w.checkLink(parent, path, link); err != nil {
		return err
	}
	if w.links++; w.links > maxLinks {
		return w.fail(path, unix.ELOOP)
	}
	target, err := readlink(fd, "")
	if err != nil {
		return w.fail(path, err)
	}
	if filepath.IsAbs(target) {
		for len(w.opened) > 1 {
			w.ascend()
		}
	}
	w.todo = append(components(target), w.todo...)
	return nil
}

func (w *walk) checkLink(parent node, path string, link Info) error {
	planted := &PlantedLinkError{Path: w.path, Link: path, Owner: link.UID}
	switch {
	case !trusted(link.UID):
		planted.Where = "that another user owns"
	case !trusted(parent.info.UID):
		planted.Where, planted.Owner = "in a directory that another user owns", parent.info.UID
	case parent.info.Mode&0o022 != 0 && parent.info.Mode&unix.S_ISVTX == 0:
		planted.Where, planted.Owner = "in a directory to which others may write", parent.info.UID
	default:
		return nil
	}
	return planted
}

func (w *walk) fail(path string, err error) error {
	if path != filepath.Clean(w.path) {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return &fs.PathError{Op: "open directory", Path: w.path, Err: err}
}

func (w *walk) closeAll() {
	for _, n := range w.opened {
		unix.Close(n.fd)
	}
}

// trusted says whether a user is no threat to this process.
func trusted(uid int) bool { return uid == 0 || uid == euid() }

// components splits a path; ".." stays, since it counts from where a link has led.
func components(path string) []string {
	return slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return s == "" || s == "." })
}

func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return fmt.Sprintf("user %s", u.Username)
	}
	return fmt.Sprintf("user id %d", uid)
}
