package rdb

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"io"
	"maps"
	"math"
	"slices"
)

// A Digest names a value whatever its encoding.
type Digest [sha256.Size]byte

// Digest is the same for values that a client could not tell apart: the order of a set's members and of a hash's fields
// does not count, nor does how the server encodes them.
//
// Of a stream it takes the entries, the last id and the groups with their consumers and pending entries, and leaves out
// what a server makes up or changes by itself: what it keeps of deleted entries, and when a consumer was seen. The
// expiry of a key and those of a hash's fields are no part of it. Of a module's value it takes the module alone.
func (k *Key) Digest() Digest {
	d := digester{hash: sha256.New()}
	d.text(k.Type)
	switch v := k.Value.(type) {
	case []byte:
		d.bytes(v)
	case [][]byte:
		if k.Type == "set" {
			v = slices.SortedFunc(slices.Values(v), bytes.Compare)
		}
		d.number(uint64(len(v)))
		for _, element := range v {
			d.bytes(element)
		}
	case map[string][]byte:
		d.number(uint64(len(v)))
		for _, field := range slices.Sorted(maps.Keys(v)) {
			d.text(field)
			d.bytes(v[field])
		}
	case []Member:
		d.members(v)
	case *Stream:
		d.stream(v)
	case Module:
		d.text(v.Name)
	}
	return Digest(d.hash.Sum(nil))
}

// Elements is the number of a value's elements: of a string its bytes, of a stream its entries; -1 for a module's value.
func (k *Key) Elements() int {
	switch v := k.Value.(type) {
	case []byte:
		return len(v)
	case [][]byte:
		return len(v)
	case map[string][]byte:
		return len(v)
	case []Member:
		return len(v)
	case *Stream:
		return len(v.Entries)
	}
	return -1
}

// A digester writes values so that no two sequences of them are the same bytes.
type digester struct {
	hash hash.Hash
	buf  [8]byte
}

func (d *digester) number(n uint64) {
	binary.LittleEndian.PutUint64(d.buf[:], n)
	d.hash.Write(d.buf[:])
}

func (d *digester) bytes(p []byte) {
	d.number(uint64(len(p)))
	d.hash.Write(p)
}

func (d *digester) text(s string) {
	d.number(uint64(len(s)))
	_, _ = io.WriteString(d.hash, s) // a hash takes everything
}

// members takes a sorted set by score and name, in which order both a Reader and a server give it.
func (d *digester) members(all []Member) {
	d.number(uint64(len(all)))
	for _, m := range all {
		d.bytes(m.Name)
		d.number(math.Float64bits(m.Score + 0)) // a negative zero is a zero
	}
}

func (d *digester) id(id StreamID) {
	d.number(id.Millis)
	d.number(id.Seq)
}

func (d *digester) stream(s *Stream) {
	d.number(uint64(len(s.Entries)))
	for _, e := range s.Entries {
		d.id(e.ID)
		d.number(uint64(len(e.Fields)))
		for _, f := range e.Fields {
			d.bytes(f.Name)
			d.bytes(f.Value)
		}
	}
	d.id(s.LastID)
	d.number(uint64(len(s.Groups)))
	for _, g := range slices.SortedFunc(slices.Values(s.Groups), func(a, b Group) int { return bytes.Compare(a.Name, b.Name) }) {
		d.group(g)
	}
}

func (d *digester) group(g Group) {
	d.bytes(g.Name)
	d.id(g.LastID)
	d.number(uint64(len(g.Pending)))
	for _, p := range g.Pending {
		d.id(p.ID)
		d.bytes(p.Consumer)
		d.number(uint64(p.DeliveredAt.UnixMilli()))
		d.number(p.Deliveries)
	}
	d.number(uint64(len(g.Consumers)))
	for _, c := range slices.SortedFunc(slices.Values(g.Consumers), func(a, b Consumer) int { return bytes.Compare(a.Name, b.Name) }) {
		d.bytes(c.Name)
	}
}
