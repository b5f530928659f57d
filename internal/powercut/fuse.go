package powercut

import (
	"maps"
	"slices"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// server answers the kernel's questions about a Disk. Nothing is cached by the
// kernel, so that each change is seen at once, and a boot too.
type server struct {
	fuse.RawFileSystem
	disk *Disk
}

func (s *server) String() string { return "powercut" }

// with runs do on an inode under the disk's lock.
func (s *server) with(id uint64, do func(n *inode) fuse.Status) fuse.Status {
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	n, ok := s.disk.live[id]
	if !ok {
		return fuse.Status(syscall.ESTALE)
	}
	return do(n)
}

func (s *server) attr(id uint64, out *fuse.Attr) {
	n := s.disk.live[id]
	const second = 1e9
	*out = fuse.Attr{
		Ino: n.number, Size: uint64(len(n.data)), Mode: n.mode, Nlink: uint32(s.disk.links(id)),
		Blocks: uint64(len(n.data)+511) / 512, Blksize: 4096,
		Owner: fuse.Owner{Uid: n.uid, Gid: n.gid},
		Mtime: n.mtime / second, Mtimensec: uint32(n.mtime % second),
		Ctime: n.mtime / second, Ctimensec: uint32(n.mtime % second),
	}
}

func (s *server) entry(id uint64, out *fuse.EntryOut) fuse.Status {
	*out = fuse.EntryOut{NodeId: id}
	s.attr(id, &out.Attr)
	return fuse.OK
}

func (s *server) Lookup(_ <-chan struct{}, h *fuse.InHeader, name string, out *fuse.EntryOut) fuse.Status {
	return s.with(h.NodeId, func(dir *inode) fuse.Status {
		id, ok := dir.entries[name]
		if !ok {
			return fuse.ENOENT
		}
		return s.entry(id, out)
	})
}

func (s *server) GetAttr(_ <-chan struct{}, in *fuse.GetAttrIn, out *fuse.AttrOut) fuse.Status {
	return s.with(in.NodeId, func(*inode) fuse.Status {
		s.attr(in.NodeId, &out.Attr)
		return fuse.OK
	})
}

func (s *server) SetAttr(_ <-chan struct{}, in *fuse.SetAttrIn, out *fuse.AttrOut) fuse.Status {
	return s.with(in.NodeId, func(*inode) fuse.Status {
		d, path := s.disk, s.disk.live.path(in.NodeId)
		if size, ok := in.GetSize(); ok {
			d.change(resize{id: in.NodeId, size: int(size), mtime: d.clock}, "truncate %s to %d", path, size)
		}
		if c, ok := attributesOf(in); ok {
			d.change(c, "chown, chmod or touch %s", path)
		}
		s.attr(in.NodeId, &out.Attr)
		return fuse.OK
	})
}

func attributesOf(in *fuse.SetAttrIn) (c attributes, any bool) {
	c.id = in.NodeId
	if v, ok := in.GetMode(); ok {
		c.mode, any = &v, true
	}
	if v, ok := in.GetUID(); ok {
		c.uid, any = &v, true
	}
	if v, ok := in.GetGID(); ok {
		c.gid, any = &v, true
	}
	if t, ok := in.GetMTime(); ok {
		v := uint64(t.UnixNano())
		c.mtime, any = &v, true
	}
	return c, any
}

func (s *server) Open(_ <-chan struct{}, in *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	return s.with(in.NodeId, func(*inode) fuse.Status {
		out.OpenFlags = fuse.FOPEN_DIRECT_IO
		if in.Flags&syscall.O_TRUNC != 0 {
			s.disk.change(resize{id: in.NodeId, mtime: s.disk.clock}, "truncate %s", s.disk.live.path(in.NodeId))
		}
		return fuse.OK
	})
}

func (s *server) Read(_ <-chan struct{}, in *fuse.ReadIn, buf []byte) (fuse.ReadResult, fuse.Status) {
	var got []byte
	status := s.with(in.NodeId, func(n *inode) fuse.Status {
		from := min(int(in.Offset), len(n.data))
		got = slices.Clone(n.data[from:min(from+len(buf), len(n.data))])
		return fuse.OK
	})
	return fuse.ReadResultData(got), status
}

func (s *server) Write(_ <-chan struct{}, in *fuse.WriteIn, data []byte) (uint32, fuse.Status) {
	return uint32(len(data)), s.with(in.NodeId, func(n *inode) fuse.Status {
		offset := int(in.Offset)
		if in.Flags&syscall.O_APPEND != 0 {
			offset = len(n.data)
		}
		c := write{id: in.NodeId, offset: offset, data: slices.Clone(data), mtime: s.disk.clock}
		s.disk.change(c, "write %d bytes to %s", len(data), s.disk.live.path(in.NodeId))
		return fuse.OK
	})
}

func (s *server) Fsync(_ <-chan struct{}, in *fuse.FsyncIn) fuse.Status {
	return s.with(in.NodeId, func(*inode) fuse.Status {
		s.disk.synced(in.NodeId)
		return fuse.OK
	})
}

func (s *server) FsyncDir(c <-chan struct{}, in *fuse.FsyncIn) fuse.Status { return s.Fsync(c, in) }

func (s *server) Flush(<-chan struct{}, *fuse.FlushIn) fuse.Status { return fuse.OK }

func (s *server) Fallocate(<-chan struct{}, *fuse.FallocateIn) fuse.Status {
	return fuse.Status(syscall.EOPNOTSUPP)
}

func (s *server) OpenDir(<-chan struct{}, *fuse.OpenIn, *fuse.OpenOut) fuse.Status { return fuse.OK }

func (s *server) ReadDir(_ <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	return s.with(in.NodeId, func(dir *inode) fuse.Status {
		names := slices.Sorted(maps.Keys(dir.entries))
		for i := int(in.Offset); i < len(names); i++ {
			n := s.disk.live[dir.entries[names[i]]]
			if !out.AddDirEntry(fuse.DirEntry{Name: names[i], Ino: n.number, Mode: n.mode, Off: uint64(i + 1)}) {
				break
			}
		}
		return fuse.OK
	})
}

func (s *server) StatFs(_ <-chan struct{}, _ *fuse.InHeader, out *fuse.StatfsOut) fuse.Status {
	const free = 1 << 20
	*out = fuse.StatfsOut{Blocks: free, Bfree: free, Bavail: free, Files: free, Ffree: free, Bsize: 4096, Frsize: 4096, NameLen: 255}
	return fuse.OK
}
