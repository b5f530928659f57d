//go:build torture

package powercut

import (
	"maps"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// draft is a disk without a mount: a file "old" is durable, and "new" is written,
// renamed over it, and a second file made, all without an fsync.
func draft(sync func(d *Disk, file uint64)) *Record {
	d := NewDisk()
	file := func(name, content string) uint64 {
		id := d.born(&inode{mode: syscall.S_IFREG | 0o600}, rootID, name)
		d.change(write{id: id, data: []byte(content)}, "write")
		return id
	}
	file("old", "old")
	d.Sync()
	id := file("new", strings.Repeat("new", 1000))
	if sync != nil {
		sync(d, id)
	}
	d.change(bind{set: []binding{{rootID, "new", 0}, {rootID, "old", id}}}, "rename")
	file("second", "")
	return d.Record()
}

// outcomes lists what an order leaves of the draft, over many seeds: names with
// "old", "new" (whole), "empty" or "torn".
func outcomes(r *Record, order Order) map[string]bool {
	seen := map[string]bool{}
	for seed := range uint64(400) {
		i := r.Image(r.Len()-1, order, seed)
		var words []string
		root := i.all[rootID].entries
		for _, name := range slices.Sorted(maps.Keys(root)) {
			word := "torn"
			switch content := string(i.all[root[name]].data); content {
			case "":
				word = "empty"
			case "old":
				word = "old"
			case strings.Repeat("new", 1000):
				word = "new"
			}
			words = append(words, name+"="+word)
		}
		seen[strings.Join(words, " ")] = true
	}
	return seen
}

func TestModel(t *testing.T) {
	syncFile := func(d *Disk, file uint64) { d.synced(file) }
	syncBoth := func(d *Disk, file uint64) { d.synced(file); d.synced(rootID) }
	for _, tt := range []struct {
		name  string
		sync  func(*Disk, uint64)
		order Order
		can   []string
		not   []string
	}{
		{
			"nothing synced, ordered", nil, Ordered,
			[]string{"old=old", "new=empty old=old", "new=torn old=old", "old=empty", "old=new", "old=new second=empty"},
			[]string{"old=old second=empty"},
		},
		{
			"nothing synced, reordered", nil, Reordered,
			[]string{"old=old second=empty", "new=new old=old second=empty", "old=torn"},
			nil,
		},
		{
			"the file synced", syncFile, Ordered,
			[]string{"old=old", "new=new old=old", "old=new"},
			[]string{"old=empty", "old=torn", "new=empty old=old", "new=torn old=old"},
		},
		{
			"file and directory synced", syncBoth, Reordered,
			[]string{"new=new old=old", "old=new", "new=new old=old second=empty"},
			[]string{"old=old", "old=empty", "old=torn"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := outcomes(draft(tt.sync), tt.order)
			for _, o := range tt.can {
				if !got[o] {
					t.Errorf("%q never comes of it", o)
				}
			}
			for _, o := range tt.not {
				if got[o] {
					t.Errorf("%q comes of it", o)
				}
			}
		})
	}
}

// TestImageIsTheSame holds that a seed gives one image.
func TestImageIsTheSame(t *testing.T) {
	for seed := range uint64(50) {
		a, b := draft(nil), draft(nil)
		for n := range a.Len() {
			if a.Image(n, Reordered, seed).Fingerprint() != b.Image(n, Reordered, seed).Fingerprint() {
				t.Fatalf("seed %d gives two images of point %s", seed, a.Point(n))
			}
		}
	}
}
