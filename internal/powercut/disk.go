package powercut

import (
	"fmt"
	"slices"
	"sync"
)

// A Disk is what programs see of the filesystem, and the record of how it came
// to be so.
type Disk struct {
	mu     sync.Mutex
	live   inodes
	named  map[uint64]int // how many names each inode has; nil: count again
	record *Record
	nextID uint64 // ids are new over all boots: the kernel remembers old ones
	clock  uint64 // the time, which each change moves on
}

// The clock of a disk, in nanoseconds: where it begins, and how far each change
// moves it on.
const (
	epoch = 1e18
	tick  = 1e6
)

// NewDisk makes an empty disk.
func NewDisk() *Disk {
	d := &Disk{nextID: rootID + 1}
	d.Boot(&Image{all: newInodes()})
	return d
}

// Boot puts an image on the disk. Programs that still have files open lose them.
func (d *Disk) Boot(i *Image) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.live, d.named = i.all.clone(), nil
	d.record = &Record{start: i.all.clone()}
	d.clock = epoch
	for _, n := range d.live {
		d.clock = max(d.clock, n.mtime+tick)
	}
}

// Rewind takes the disk back to a point of a record, where the programs end but
// the power stays: nothing is lost, and what was not durable still is not.
func (d *Disk) Rewind(r *Record, n int) {
	d.Boot(&Image{all: r.start})
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range r.events[:n] {
		if b, ok := e.change.(bind); ok && b.born != nil {
			d.live[b.id] = b.born.clone()
		}
		if e.change != nil {
			d.clock += tick
			e.change.apply(d.live)
		}
	}
	d.named, d.record.events = nil, slices.Clone(r.events[:n])
}

// Sync makes everything durable and begins a new record.
func (d *Disk) Sync() *Image {
	d.mu.Lock()
	all := d.live.clone()
	d.mu.Unlock()
	all.prune()
	i := &Image{all: all}
	d.Boot(i)
	return i
}

// Record returns what happened since the last boot.
func (d *Disk) Record() *Record {
	d.mu.Lock()
	defer d.mu.Unlock()
	return &Record{start: d.record.start, events: d.record.events[:len(d.record.events):len(d.record.events)]}
}

// Now returns what programs see.
func (d *Disk) Now() *Image {
	d.mu.Lock()
	defer d.mu.Unlock()
	return &Image{all: d.live.clone()}
}

// change applies a change and writes it down. The lock is held.
func (d *Disk) change(c change, format string, args ...any) {
	d.clock += tick
	c.apply(d.live)
	d.named = nil
	d.record.events = append(d.record.events, event{change: c, what: fmt.Sprintf(format, args...)})
}

// links is the number of names of an inode. The lock is held.
func (d *Disk) links(id uint64) int {
	if d.named == nil {
		d.named = d.live.links()
	}
	return d.named[id]
}

// synced writes an fsync down. The lock is held.
func (d *Disk) synced(id uint64) {
	d.record.events = append(d.record.events, event{synced: id, what: "fsync " + d.live.path(id)})
}

// born gives a new inode its first name.
func (d *Disk) born(n *inode, dir uint64, name string) uint64 {
	id := d.nextID
	d.nextID++
	n.number, n.mtime = d.live.freeNumber(), d.clock
	d.live[id] = n.clone()
	d.change(bind{id: id, born: n, set: []binding{{dir, name, id}}}, "create %s/%s", d.live.path(dir), name)
	return id
}

// path is a path that leads to an inode, for messages.
func (all inodes) path(id uint64) string {
	if id == rootID {
		return ""
	}
	for dir, n := range all {
		for name, to := range n.entries {
			if to == id {
				return all.path(dir) + "/" + name
			}
		}
	}
	return fmt.Sprintf("(removed %d)", id)
}
