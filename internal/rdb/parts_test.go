package rdb

import (
	"encoding/binary"
	"math"
	"strings"
	"time"
)

// listpackOf makes a listpack of short strings, and of integers in the two encodings that can hold any of them.
func listpackOf(elements ...any) string {
	p := make([]byte, listpackHeader)
	for _, e := range elements {
		var entry []byte
		switch e := e.(type) {
		case string:
			entry = append([]byte{0x80 | byte(len(e))}, e...)
		case int:
			if e >= 0 && e < 128 {
				entry = []byte{byte(e)}
			} else {
				entry = binary.LittleEndian.AppendUint64([]byte{0xf4}, uint64(e))
			}
		}
		p = append(append(p, entry...), byte(len(entry)))
	}
	p = append(p, listpackEnd)
	binary.LittleEndian.PutUint32(p, uint32(len(p)))
	binary.LittleEndian.PutUint16(p[4:], uint16(len(elements)))
	return string(p)
}

// moduleID packs a module type's name, the inverse of moduleName.
func moduleID(name string, version uint64) uint64 {
	var id uint64
	for _, c := range name {
		id = id<<6 | uint64(strings.IndexRune(moduleAlphabet, c))
	}
	return id<<10 | version
}

// The examples of ziplist.c, zipmap.c and intset.c, in this order.
const (
	ziplistExample = "\x1c\x00\x00\x00\x0e\x00\x00\x00\x03\x00\x00\xf3\x02\xf6\x02\x0bHello World\xff"
	zipmapExample  = "\x02\x03foo\x03\x00bar\x05hello\x05\x02world..\xff"
	intsetExample  = "\x02\x00\x00\x00\x03\x00\x00\x00\xff\xff\x05\x00\x2c\x01"
)

// Ziplists of pairs: a zset and a hash, with integers of 8, 16, 24, 32 and 64 bits among them.
const (
	ziplistScores = "\x20\x00\x00\x00\x1b\x00\x00\x00\x06\x00" +
		"\x00\x01a\x03\xfe\xec\x03\x01b\x03\x031.5\x05\x01c\x03\xc0\x00\x03\xff"
	ziplistPairs = "\x29\x00\x00\x00\x1e\x00\x00\x00\x06\x00" +
		"\x00\x01a\x03\xf0\x00\x00\x80\x05\x01b\x03\xd0\x00\x00\x00\x80\x06\x01c\x03\xe0\x00\x00\x00\x00\x00\x00\x00\x80\xff"
)

var streamNode = "\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x01"

var streamListpack = listpackOf(2, 1, 1, "f", 0,
	2, 0, 0, "v", 4, // the master's fields
	3, 0, 1, "v", 4, // deleted
	0, 1, 0, 1, "g", "w", 6)

// stream writes the parts of a stream that its type has.
func (d *dumpWriter) stream(valueType byte) *dumpWriter {
	d.length(1).string(streamNode).string(streamListpack)
	d.length(2).length(6).length(1) // length, last ID
	if valueType >= typeStream2 {
		d.length(5).length(1).length(5).length(2).length(3) // first ID, highest deleted, added
	}
	d.length(1).string("group").length(6).length(1)
	if valueType >= typeStream2 {
		d.length(math.MaxUint64) // entries read: unknown
	}
	d.length(1).text(streamNode).little64(1700000000000).length(4)
	d.length(1).string("consumer").little64(1700000000001)
	if valueType >= typeStream3 {
		d.little64(1700000000002)
	}
	d.length(1).text(streamNode)
	if valueType >= typeStream4 {
		d.length(100).length(1000)
		d.length(1).string("producer").length(1).string("message").length(5).length(1)
		d.length(2).length(1)
	}
	return d
}

func wantStream(valueType byte) *Stream {
	s := &Stream{
		Entries: []StreamEntry{
			{StreamID{5, 1}, []Field{{[]byte("f"), []byte("v")}}},
			{StreamID{6, 1}, []Field{{[]byte("g"), []byte("w")}}},
		},
		LastID:       StreamID{6, 1},
		EntriesAdded: 2,
		Groups: []Group{{
			Name: []byte("group"), LastID: StreamID{6, 1}, EntriesRead: -1,
			Pending: []Pending{{
				ID: StreamID{5, 1}, Consumer: []byte("consumer"),
				DeliveredAt: time.UnixMilli(1700000000000), Deliveries: 4,
			}},
			Consumers: []Consumer{{Name: []byte("consumer"), SeenAt: time.UnixMilli(1700000000001), Pending: 1}},
		}},
	}
	if valueType >= typeStream2 {
		s.FirstID, s.MaxDeletedID, s.EntriesAdded = StreamID{5, 1}, StreamID{5, 2}, 3
	}
	if valueType >= typeStream3 {
		s.Groups[0].Consumers[0].ActiveAt = time.UnixMilli(1700000000002)
	}
	return s
}

var fieldHash = map[string][]byte{"f": []byte("1"), "g": []byte("2")}
