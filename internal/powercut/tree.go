package powercut

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"
)

// Tree writes down what is at a path of the image: names, types, modes, owners
// and what is in them. A path at which nothing is gives "".
func (i *Image) Tree(path ...string) string {
	id := uint64(rootID)
	for _, name := range path {
		var ok bool
		if id, ok = i.all[id].entries[name]; !ok {
			return ""
		}
	}
	return i.all.tree(id, "")
}

func (all inodes) tree(id uint64, path string) string {
	n := all[id]
	line := fmt.Sprintf("%s %06o %d:%d", path, n.mode, n.uid, n.gid)
	if !n.isDir() {
		return line + fmt.Sprintf(" %q %d bytes, sha256 %x\n", n.data[:min(len(n.data), 20)], len(n.data), sha256.Sum256(n.data))
	}
	line += "\n"
	for _, name := range slices.Sorted(maps.Keys(n.entries)) {
		line += all.tree(n.entries[name], path+"/"+name)
	}
	return line
}

// Fingerprint is the same for images that no program can tell apart.
func (i *Image) Fingerprint() [sha256.Size]byte {
	h := sha256.New()
	i.all.hash(h, rootID)
	return [sha256.Size]byte(h.Sum(nil))
}

func (all inodes) hash(h hash.Hash, id uint64) {
	n := all[id]
	numbers := []uint64{n.number, uint64(n.mode), uint64(n.uid), uint64(n.gid), n.mtime, uint64(len(n.data)), uint64(len(n.entries))}
	if err := binary.Write(h, binary.LittleEndian, numbers); err != nil {
		panic(err) // a hash takes everything
	}
	h.Write(n.data)
	for _, name := range slices.Sorted(maps.Keys(n.entries)) {
		_, _ = io.WriteString(h, name+"/") // a hash takes everything
		all.hash(h, n.entries[name])
	}
}
