package preview

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"redbook/runbook/host"
)

// A node is a directory entry as the picture has it. Nodes are held only for
// entries that differ from the real machine, and for the directories above them.
type node struct {
	info host.Info // Path is of no account: the place in the tree says it

	// Of a directory. What stands under its own name in the real directory
	// origin shows through where children has no word on it, so a directory
	// that was moved keeps its content; nil in children hides a real entry.
	origin   string
	children map[string]*node

	content content // of a regular file
	// rewrittenWhileOff marks an AOF (its manifest or one file) that nothing is appended to.
	rewrittenWhileOff bool
	place             place
}

// A place says what put an entry where it is; zero for the real machine.
type place struct {
	seq      int // of the picture's changes
	label    string
	byServer bool // a Redis server wrote it, no step
}

// planned tells whether a step put the entry there.
func (p place) planned() bool { return p.seq > 0 && !p.byServer }

// by names what put the entry there, for messages.
func (p place) by() string {
	switch {
	case p.seq == 0:
		return "it was there before"
	case p.label == "":
		return "this plan put it there"
	}
	return "step " + p.label + " put it there"
}

// A content is the bytes of a regular file: those of a file on the real
// machine, bytes in memory, or a snapshot of a server's dataset, which only
// the run will know.
type content struct {
	real     string    // path on the real machine
	seen     host.Info // of the file at real
	bytes    []byte
	snapshot *dataset
}

// An identity tells contents apart without reading them.
type identity struct {
	path          string
	device, inode uint64
	size, mtime   int64
	sum           string
}

func (c content) identity() identity {
	if c.real == "" {
		return identity{sum: digestBytes(c.bytes).SHA256}
	}
	return identity{path: c.real, device: c.seen.Device, inode: c.seen.Inode, size: c.seen.Size, mtime: c.seen.ModTime.UnixNano()}
}

// same tells that two contents are known to be one, be it one that only the run will know.
func (c content) same(other content) bool {
	if c.snapshot != nil || other.snapshot != nil {
		return c.snapshot == other.snapshot
	}
	return c.identity() == other.identity()
}

func (p *Picture) open(path string, c content) (io.ReadCloser, error) {
	switch {
	case c.snapshot != nil:
		return nil, fmt.Errorf("open %s: its content is %s: %w", path, c.snapshot.origin, host.ErrUnknown)
	case c.real != "":
		return p.real.Open(c.real)
	}
	return io.NopCloser(bytes.NewReader(c.bytes)), nil
}

func digestBytes(b []byte) host.Digest {
	sum := sha256.Sum256(b)
	return host.Digest{Size: int64(len(b)), SHA256: hex.EncodeToString(sum[:])}
}

// fileOf is a file with the given bytes that was written anew: owner, group and
// mode are those of like.
func fileOf(b []byte, like host.Info, now time.Time) *node {
	return &node{content: content{bytes: b}, info: host.Info{
		Kind: host.KindFile, Size: int64(len(b)), Mode: like.Mode, UID: like.UID, GID: like.GID,
		Device: like.Device, ModTime: now, Links: 1,
	}}
}
