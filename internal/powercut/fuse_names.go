package powercut

import (
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// The calls that change names.

func (s *server) create(dir uint64, name string, n *inode, out *fuse.EntryOut) fuse.Status {
	return s.with(dir, func(d *inode) fuse.Status {
		if _, taken := d.entries[name]; taken {
			return fuse.Status(syscall.EEXIST)
		}
		return s.entry(s.disk.born(n, dir, name), out)
	})
}

func (s *server) Create(_ <-chan struct{}, in *fuse.CreateIn, name string, out *fuse.CreateOut) fuse.Status {
	out.OpenFlags = fuse.FOPEN_DIRECT_IO
	return s.create(in.NodeId, name, &inode{mode: syscall.S_IFREG | in.Mode&0o7777, uid: in.Uid, gid: in.Gid}, &out.EntryOut)
}

// Mknod makes files and sockets, which have no content of their own.
func (s *server) Mknod(_ <-chan struct{}, in *fuse.MknodIn, name string, out *fuse.EntryOut) fuse.Status {
	return s.create(in.NodeId, name, &inode{mode: in.Mode, uid: in.Uid, gid: in.Gid}, out)
}

func (s *server) Mkdir(_ <-chan struct{}, in *fuse.MkdirIn, name string, out *fuse.EntryOut) fuse.Status {
	n := &inode{mode: syscall.S_IFDIR | in.Mode&0o7777, uid: in.Uid, gid: in.Gid, entries: map[string]uint64{}}
	return s.create(in.NodeId, name, n, out)
}

func (s *server) Symlink(_ <-chan struct{}, h *fuse.InHeader, target, name string, out *fuse.EntryOut) fuse.Status {
	return s.create(h.NodeId, name, &inode{mode: syscall.S_IFLNK | 0o777, uid: h.Uid, gid: h.Gid, data: []byte(target)}, out)
}

func (s *server) Readlink(_ <-chan struct{}, h *fuse.InHeader) (target []byte, status fuse.Status) {
	status = s.with(h.NodeId, func(n *inode) fuse.Status {
		target = n.data
		return fuse.OK
	})
	return target, status
}

func (s *server) Link(_ <-chan struct{}, in *fuse.LinkIn, name string, out *fuse.EntryOut) fuse.Status {
	return s.with(in.NodeId, func(dir *inode) fuse.Status {
		if _, taken := dir.entries[name]; taken {
			return fuse.Status(syscall.EEXIST)
		}
		path := s.disk.live.path
		what := "link " + path(in.Oldnodeid) + " to " + path(in.NodeId) + "/" + name
		s.disk.change(bind{set: []binding{{in.NodeId, name, in.Oldnodeid}}}, "%s", what)
		return s.entry(in.Oldnodeid, out)
	})
}

func (s *server) Unlink(_ <-chan struct{}, h *fuse.InHeader, name string) fuse.Status {
	return s.remove(h.NodeId, name, false)
}

func (s *server) Rmdir(_ <-chan struct{}, h *fuse.InHeader, name string) fuse.Status {
	return s.remove(h.NodeId, name, true)
}

func (s *server) remove(dir uint64, name string, isDir bool) fuse.Status {
	return s.with(dir, func(d *inode) fuse.Status {
		id, ok := d.entries[name]
		if !ok {
			return fuse.ENOENT
		}
		switch n := s.disk.live[id]; {
		case isDir && !n.isDir():
			return fuse.ENOTDIR
		case !isDir && n.isDir():
			return fuse.Status(syscall.EISDIR)
		case len(n.entries) > 0:
			return fuse.Status(syscall.ENOTEMPTY)
		}
		s.disk.change(bind{set: []binding{{dir, name, 0}}}, "remove %s/%s", s.disk.live.path(dir), name)
		return fuse.OK
	})
}

func (s *server) Rename(_ <-chan struct{}, in *fuse.RenameIn, name, newName string) fuse.Status {
	return s.with(in.NodeId, func(from *inode) fuse.Status {
		id, ok := from.entries[name]
		to, there := s.disk.live[in.Newdir]
		if !ok || !there {
			return fuse.ENOENT
		}
		if in.Flags&^unix.RENAME_NOREPLACE != 0 {
			return fuse.EINVAL
		}
		if old, taken := to.entries[newName]; taken {
			switch {
			case in.Flags == unix.RENAME_NOREPLACE:
				return fuse.Status(syscall.EEXIST)
			case old == id:
				return fuse.OK
			case len(s.disk.live[old].entries) > 0:
				return fuse.Status(syscall.ENOTEMPTY)
			}
		}
		path := s.disk.live.path
		what := "rename " + path(in.NodeId) + "/" + name + " to " + path(in.Newdir) + "/" + newName
		s.disk.change(bind{set: []binding{{in.NodeId, name, 0}, {in.Newdir, newName, id}}}, "%s", what)
		return fuse.OK
	})
}
