package powercut

import (
	"maps"
	"syscall"
)

// rootID is the id of every disk's root directory; FUSE wants it to be 1.
const rootID = 1

// An inode is a file, a directory or a symbolic link. Its id is never given
// again, its number is.
type inode struct {
	number   uint64
	mode     uint32 // with the type, as stat(2) has it
	uid, gid uint32
	mtime    uint64            // in nanoseconds
	data     []byte            // content of a file, target of a link; never changed in place
	entries  map[string]uint64 // of a directory: ids
}

func (n *inode) isDir() bool { return n.mode&syscall.S_IFMT == syscall.S_IFDIR }

func (n *inode) clone() *inode {
	c := *n
	c.entries = maps.Clone(n.entries)
	return &c
}

// resized is the content, cut off or filled up with zeros, as a slice of its own.
func (n *inode) resized(size int) []byte {
	data := make([]byte, size)
	copy(data, n.data)
	return data
}

// inodes are all inodes of a disk, by id.
type inodes map[uint64]*inode

func newInodes() inodes {
	root := &inode{number: rootID, mode: syscall.S_IFDIR | 0o755, entries: map[string]uint64{}}
	return inodes{rootID: root}
}

func (all inodes) clone() inodes {
	c := make(inodes, len(all))
	for id, n := range all {
		c[id] = n.clone()
	}
	return c
}

// links counts the names of each inode that can be reached from the root.
func (all inodes) links() map[uint64]int {
	count := map[uint64]int{rootID: 1}
	for dirs := []uint64{rootID}; len(dirs) > 0; dirs = dirs[1:] {
		for _, id := range all[dirs[0]].entries {
			if count[id]++; count[id] == 1 && all[id].isDir() {
				dirs = append(dirs, id)
			}
		}
	}
	return count
}

// prune drops what cannot be reached, as a check of the filesystem does.
func (all inodes) prune() {
	named := all.links()
	maps.DeleteFunc(all, func(id uint64, _ *inode) bool { return named[id] == 0 })
}

// freeNumber is the lowest inode number that no reachable inode has.
func (all inodes) freeNumber() uint64 {
	taken := map[uint64]bool{}
	for id := range all.links() {
		taken[all[id].number] = true
	}
	n := uint64(rootID)
	for taken[n] {
		n++
	}
	return n
}
