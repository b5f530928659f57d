package powercut

import "fmt"

// An event is a change, or the fsync of an inode.
type event struct {
	change change // nil for an fsync
	synced uint64 // the inode, of an fsync
	what   string // for messages
}

// A Record is all that happened to a disk since it was booted.
type Record struct {
	start  inodes
	events []event
}

// Len is the number of points at which the power can go: after each event, and
// before the first.
func (r *Record) Len() int { return len(r.events) + 1 }

// Point describes a point, from 0: what happened just before it.
func (r *Record) Point(n int) string {
	if n == 0 {
		return "0: before anything"
	}
	return fmt.Sprintf("%d: after %s", n, r.events[n-1].what)
}

// Without returns the record of a program that leaves out the fsyncs of
// directories, or those of files: what it would lose shows in the images.
func (r *Record) Without(directories bool) *Record {
	weak := &Record{start: r.start}
	dirs := map[uint64]bool{}
	for id, n := range r.start {
		dirs[id] = n.isDir()
	}
	for _, e := range r.events {
		if b, ok := e.change.(bind); ok && b.born != nil {
			dirs[b.id] = b.born.isDir()
		}
		if e.change != nil || dirs[e.synced] != directories {
			weak.events = append(weak.events, e)
		}
	}
	return weak
}
