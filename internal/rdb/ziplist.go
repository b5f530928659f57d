package rdb

import (
	"encoding/binary"
	"slices"
	"strconv"
)

const (
	ziplistHeader   = 10 // bytes, uint32; offset of the last entry, uint32; entries, uint16
	ziplistEnd      = 0xff
	ziplistBigBack  = 0xfe
	ziplistShortMax = 0xfd
)

// ziplist decodes a ziplist (ziplist.c), which Redis before 7.0 wrote.
func ziplist(p []byte) (elements [][]byte, ok bool) {
	if len(p) < ziplistHeader+1 || uint64(binary.LittleEndian.Uint32(p)) != uint64(len(p)) {
		return nil, false
	}
	tail := uint64(binary.LittleEndian.Uint32(p[4:]))
	want := binary.LittleEndian.Uint16(p[8:])
	at, last, previous := ziplistHeader, ziplistHeader, 0
	for len(p)-at > 1 {
		back, n, ok := ziplistBack(p[at:])
		if !ok || back != uint64(previous) {
			return nil, false
		}
		element, size, ok := ziplistElement(p[at+n:])
		if !ok {
			return nil, false
		}
		elements = append(elements, element)
		last, previous = at, n+size
		at += n + size
	}
	ok = len(p)-at == 1 && p[at] == ziplistEnd && tail == uint64(last) &&
		(want == countUnknown || int(want) == len(elements))
	return elements, ok
}

// ziplistBack reads the size of the entry before; n is the bytes that it takes.
func ziplistBack(p []byte) (back uint64, n int, ok bool) {
	if p[0] <= ziplistShortMax {
		return uint64(p[0]), 1, len(p) > 1
	}
	if p[0] != ziplistBigBack || len(p) < 6 {
		return 0, 0, false
	}
	return uint64(binary.LittleEndian.Uint32(p[1:])), 5, true
}

func ziplistElement(p []byte) (element []byte, size int, ok bool) {
	b := p[0]
	switch {
	case b < 0x40: // string, 6 bit length
		return cut(p, 1, uint64(b))
	case b < 0x80: // string, 14 bit length
		if len(p) < 2 {
			return nil, 0, false
		}
		return cut(p, 2, uint64(b&0x3f)<<8|uint64(p[1]))
	case b == 0x80: // string, 32 bit length
		if len(p) < 5 {
			return nil, 0, false
		}
		return cut(p, 5, uint64(binary.BigEndian.Uint32(p[1:])))
	case b >= 0xf1 && b <= 0xfd: // 0 to 12
		return strconv.AppendInt(nil, int64(b&0x0f)-1, 10), 1, true
	}
	if i := slices.Index([]byte{0xc0, 0xd0, 0xe0, 0xf0, 0xfe}, b); i >= 0 {
		return littleInt(p, [...]int{2, 4, 8, 3, 1}[i])
	}
	return nil, 0, false
}

// zipmap decodes a zipmap (zipmap.c), the small hash of Redis before 2.6, to fields and values in turn.
func zipmap(p []byte) (elements [][]byte, ok bool) {
	if len(p) < 2 {
		return nil, false
	}
	want := p[0]
	p = p[1:]
	for len(p) > 1 {
		for _, free := range []int{0, 1} { // a value has a byte that counts free bytes behind it
			n, header, ok := zipmapLength(p)
			if !ok || len(p) < header+free {
				return nil, false
			}
			unused := 0
			if free == 1 {
				unused = int(p[header])
			}
			element, size, ok := cut(p, header+free, n)
			if !ok || len(p)-size < unused {
				return nil, false
			}
			elements = append(elements, element)
			p = p[size+unused:]
		}
	}
	ok = len(p) == 1 && p[0] == 0xff && (want >= 0xfe || int(want)*2 == len(elements))
	return elements, ok
}

func zipmapLength(p []byte) (n uint64, header int, ok bool) {
	switch {
	case len(p) == 0 || p[0] == 0xff:
		return 0, 0, false
	case p[0] < 0xfe:
		return uint64(p[0]), 1, true
	case len(p) < 5:
		return 0, 0, false
	}
	return uint64(binary.LittleEndian.Uint32(p[1:])), 5, true
}

// intset decodes a set of integers (intset.c): in ascending order, all of one width.
func intset(p []byte) (elements [][]byte, ok bool) {
	if len(p) < 8 {
		return nil, false
	}
	width := binary.LittleEndian.Uint32(p)
	n := uint64(binary.LittleEndian.Uint32(p[4:]))
	p = p[8:]
	if width != 2 && width != 4 && width != 8 || n*uint64(width) != uint64(len(p)) || n == 0 {
		return nil, false
	}
	var before int64
	for i := range n {
		signed := littleEndian(p[i*uint64(width):][:width])
		if i > 0 && signed <= before {
			return nil, false
		}
		before = signed
		elements = append(elements, strconv.AppendInt(nil, signed, 10))
	}
	return elements, true
}
