package inspect

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"redbook/internal/rdb"
)

// Limits of what is kept in memory of a dump's keys.
const (
	mostLargest  = 10
	mostPrefixes = 20
	maxPrefixes  = 1 << 16 // different ones that are counted; keys with others are counted together
	maxPrefix    = 64      // bytes; names whose first segment is longer have none in common
)

// A census counts the keys of a dump.
type census struct {
	now      time.Time
	largest  []Key // the smallest first
	types    map[string]*Tally
	prefixes map[string]*Tally
	other    Tally // keys without a prefix of their own
	expiries Expiries
}

func newCensus(now time.Time) *census {
	return &census{now: now, types: map[string]*Tally{}, prefixes: map[string]*Tally{}}
}

func (c *census) add(e *rdb.Entry, size int64) {
	c.expiry(e.ExpireAt)
	c.ofType(e.Type).add(size)
	c.withPrefix(e.Name).add(size)
	if len(c.largest) == mostLargest && size <= c.largest[0].Size {
		return
	}
	k := newKey(e, size)
	at, _ := slices.BinarySearchFunc(c.largest, k, func(a, b Key) int { return cmp.Compare(a.Size, b.Size) })
	c.largest = slices.Insert(c.largest, at, k)
	if len(c.largest) > mostLargest {
		c.largest = slices.Delete(c.largest, 0, 1)
	}
}

func (t *Tally) add(size int64) {
	t.Keys++
	t.Bytes += uint64(size)
}

func (c *census) ofType(name string) *Tally {
	t := c.types[name]
	if t == nil {
		t = &Tally{Name: name}
		c.types[name] = t
	}
	return t
}

// withPrefix finds the tally of what stands before the first colon.
func (c *census) withPrefix(name []byte) *Tally {
	end := bytes.IndexByte(name, ':')
	if end < 0 || end > maxPrefix {
		return &c.other
	}
	t := c.prefixes[string(name[:end])]
	if t == nil {
		if len(c.prefixes) == maxPrefixes {
			return &c.other
		}
		t = &Tally{Name: string(name[:end+1])}
		c.prefixes[string(name[:end])] = t
	}
	return t
}

func (c *census) expiry(at time.Time) {
	if at.IsZero() {
		return
	}
	c.expiries.Keys++
	if !at.After(c.now) {
		c.expiries.Passed++
		return
	}
	if c.expiries.First == nil || at.Before(*c.expiries.First) {
		c.expiries.First = moment(at)
	}
	if c.expiries.Last == nil || at.After(*c.expiries.Last) {
		c.expiries.Last = moment(at)
	}
}

// report fills in what was counted, the largest first.
func (c *census) report(d *Dump) {
	slices.Reverse(c.largest)
	d.Largest, d.Expiries = slices.Clip(append([]Key{}, c.largest...)), c.expiries
	d.Types = sorted(c.types)
	d.Prefixes = sorted(c.prefixes)
	rest := c.other
	for _, t := range d.Prefixes[min(len(d.Prefixes), mostPrefixes):] {
		rest.Keys += t.Keys
		rest.Bytes += t.Bytes
	}
	d.Prefixes = d.Prefixes[:min(len(d.Prefixes), mostPrefixes)]
	if rest.Keys > 0 {
		d.Prefixes = append(d.Prefixes, rest)
	}
}

func sorted(tallies map[string]*Tally) []Tally {
	all := []Tally{}
	for _, t := range tallies {
		all = append(all, *t)
	}
	slices.SortFunc(all, func(a, b Tally) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(b.Keys, a.Keys), cmp.Compare(a.Name, b.Name))
	})
	return all
}
