package powercut

// A change is one thing that a system call does to a disk.
type change interface{ apply(inodes) }

// bind changes names in directories, all at once: a rename is one bind.
type bind struct {
	id   uint64 // of the inode that is born with its name, else 0
	born *inode
	set  []binding
}

// A binding is what one name leads to from now on; id 0: to nothing.
type binding struct {
	dir  uint64
	name string
	id   uint64
}

func (c bind) apply(all inodes) {
	for _, b := range c.set {
		if b.id == 0 {
			delete(all[b.dir].entries, b.name)
		} else {
			all[b.dir].entries[b.name] = b.id
		}
	}
}

// write puts bytes into a file.
type write struct {
	id     uint64
	offset int
	data   []byte
	mtime  uint64
}

func (c write) apply(all inodes) {
	n := all[c.id]
	n.data = n.resized(max(len(n.data), c.offset+len(c.data)))
	copy(n.data[c.offset:], c.data)
	n.mtime = c.mtime
}

// resize is truncate(2).
type resize struct {
	id    uint64
	size  int
	mtime uint64
}

func (c resize) apply(all inodes) {
	n := all[c.id]
	n.data = n.resized(c.size)
	n.mtime = c.mtime
}

// attributes sets owner, mode or time of change; nil leaves one as it is.
type attributes struct {
	id             uint64
	mode, uid, gid *uint32
	mtime          *uint64
}

func (c attributes) apply(all inodes) {
	const permissions = 0o7777
	n := all[c.id]
	if c.mode != nil {
		n.mode = n.mode&^permissions | *c.mode&permissions
	}
	if c.uid != nil {
		n.uid = *c.uid
	}
	if c.gid != nil {
		n.gid = *c.gid
	}
	if c.mtime != nil {
		n.mtime = *c.mtime
	}
}
