package preview

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"

	"redbook/runbook/host"
)

// maxSymlinks is the kernel's own limit on symlinks in one path.
const maxSymlinks = 40

// A found entry is a node and how the walk came to it.
type found struct {
	*node
	parent *node
	name   string // in parent; "" for the root
	placed place  // the latest change on the way: of the entry or of a directory above it
}

// find returns the entry at path. The last component is not followed.
func (p *Picture) find(op, path string) (found, error) {
	return p.walk(op, path, false)
}

// pin is find for a change: the entry and the directories above it become part
// of the tree, so that what is done to them stays.
func (p *Picture) pin(op, path string) (found, error) {
	return p.walk(op, path, true)
}

func (p *Picture) walk(op, path string, pin bool) (found, error) {
	f, err := p.walkFrom(path, pin, 0)
	if err != nil && !isPathError(err) {
		err = &fs.PathError{Op: op, Path: path, Err: err}
	}
	return f, err
}

func isPathError(err error) bool {
	var e *fs.PathError
	return errors.As(err, &e)
}

func (p *Picture) walkFrom(path string, pin bool, links int) (found, error) {
	if !filepath.IsAbs(path) || filepath.Clean(path) != path {
		return found{}, fs.ErrInvalid
	}
	at := found{node: p.root}
	rest := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if path == "/" {
		rest = nil
	}
	for i, name := range rest {
		child, err := p.child(at.node, name)
		if err != nil {
			return found{}, err
		}
		last := i == len(rest)-1
		if !last && child.info.Kind == host.KindSymlink {
			target, ok, err := p.follow(child)
			if err != nil {
				return found{}, err
			}
			if links == maxSymlinks {
				return found{}, syscall.ELOOP
			}
			if ok {
				return p.walkFrom(filepath.Join(target, filepath.Join(rest[i+1:]...)), pin, links+1)
			}
		}
		if pin {
			at.attach(name, child)
		}
		at = found{node: child, parent: at.node, name: name, placed: later(at.placed, child.place)}
	}
	return at, nil
}

func later(a, b place) place {
	if b.seq >= a.seq {
		return b
	}
	return a
}

// child returns the entry name of a directory, from the tree or the real machine.
func (p *Picture) child(dir *node, name string) (*node, error) {
	if c, known := dir.children[name]; known {
		if c == nil {
			return nil, fs.ErrNotExist
		}
		return c, nil
	}
	if !dir.holdsEntries() {
		return nil, syscall.ENOTDIR
	}
	if dir.origin == "" {
		return nil, fs.ErrNotExist
	}
	return p.realNode(filepath.Join(dir.origin, name))
}

// holdsEntries is true for a symlink too: without a Resolver the real machine
// follows it, or refuses to.
func (n *node) holdsEntries() bool {
	return n.info.Kind == host.KindDirectory || n.info.Kind == host.KindSymlink && n.origin != ""
}

func (n *node) attach(name string, child *node) {
	if n.children == nil {
		n.children = map[string]*node{}
	}
	n.children[name] = child
}

func (p *Picture) realNode(path string) (*node, error) {
	info, err := p.real.Stat(path)
	if err != nil {
		return nil, err
	}
	n := &node{info: info}
	switch info.Kind {
	case host.KindDirectory, host.KindSymlink:
		n.origin = path
	case host.KindFile:
		n.content = content{real: path, seen: info}
	}
	return n, nil
}

// follow returns where a symlink in the middle of a path leads, if the real
// machine can tell.
func (p *Picture) follow(link *node) (target string, ok bool, err error) {
	r, can := p.real.(Resolver)
	if !can || link.origin == "" {
		return "", false, nil
	}
	target, err = r.Resolve(link.origin)
	if errors.Is(err, host.ErrUnknown) {
		return "", false, nil
	}
	return target, err == nil, err
}

// free returns the directory in which path can be made: it must be there, and
// path must not.
func (p *Picture) free(op, path string) (dir found, err error) {
	dir, err = p.pin(op, filepath.Dir(path))
	if err != nil {
		return found{}, err
	}
	switch _, err := p.child(dir.node, filepath.Base(path)); {
	case err == nil:
		return found{}, &fs.PathError{Op: op, Path: path, Err: fs.ErrExist}
	case !errors.Is(err, fs.ErrNotExist):
		return found{}, &fs.PathError{Op: op, Path: path, Err: err}
	}
	return dir, nil
}

// put makes n the entry name of dir, by the step at work.
func (p *Picture) put(dir *node, name string, n *node) {
	p.seq++
	n.place = place{seq: p.seq, label: p.label}
	dir.attach(name, n)
}
