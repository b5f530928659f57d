package rdb

import (
	"encoding/binary"
	"strconv"
)

// Encoded blobs decode to their elements as byte strings, integers in decimal, as the server's clients see them. The
// elements may alias the blob.

const (
	listpackHeader = 6 // bytes, uint32; elements, uint16
	listpackEnd    = 0xff
	countUnknown   = 0xffff // the element count did not fit its 16 bits
)

// listpack decodes a listpack (listpack.c); ok is false unless every byte of it is accounted for.
func listpack(p []byte) (elements [][]byte, ok bool) {
	if len(p) < listpackHeader+1 || uint64(binary.LittleEndian.Uint32(p)) != uint64(len(p)) {
		return nil, false
	}
	want := binary.LittleEndian.Uint16(p[4:])
	p = p[listpackHeader:]
	for len(p) > 1 {
		element, size, ok := listpackElement(p)
		if !ok {
			return nil, false
		}
		back := backLength(size)
		if len(p)-size < len(back) || string(p[size:size+len(back)]) != string(back) {
			return nil, false
		}
		elements = append(elements, element)
		p = p[size+len(back):]
	}
	ok = len(p) == 1 && p[0] == listpackEnd && (want == countUnknown || int(want) == len(elements))
	return elements, ok
}

// listpackElement decodes the element that p begins with; size counts its bytes without the back length.
func listpackElement(p []byte) (element []byte, size int, ok bool) {
	b := p[0]
	switch {
	case b < 0x80: // 7 bit unsigned
		return strconv.AppendInt(nil, int64(b), 10), 1, true
	case b < 0xc0: // string, 6 bit length
		return cut(p, 1, uint64(b&0x3f))
	case b < 0xe0: // 13 bit signed
		if len(p) < 2 {
			return nil, 0, false
		}
		v := int64(b&0x1f)<<8 | int64(p[1])
		return strconv.AppendInt(nil, v<<51>>51, 10), 2, true
	case b < 0xf0: // string, 12 bit length
		if len(p) < 2 {
			return nil, 0, false
		}
		return cut(p, 2, uint64(b&0x0f)<<8|uint64(p[1]))
	case b == 0xf0: // string, 32 bit length
		if len(p) < 5 {
			return nil, 0, false
		}
		return cut(p, 5, uint64(binary.LittleEndian.Uint32(p[1:])))
	case b <= 0xf4: // 16, 24, 32 or 64 bit signed
		return littleInt(p, [...]int{2, 3, 4, 8}[b-0xf1])
	}
	return nil, 0, false
}

// cut takes a string of n bytes behind a header.
func cut(p []byte, header int, n uint64) (element []byte, size int, ok bool) {
	if n > uint64(len(p)-header) {
		return nil, 0, false
	}
	end := header + int(n)
	return p[header:end:end], end, true
}

// littleInt takes a signed little-endian integer of n bytes behind a header of one.
func littleInt(p []byte, n int) (element []byte, size int, ok bool) {
	if len(p) < 1+n {
		return nil, 0, false
	}
	return strconv.AppendInt(nil, littleEndian(p[1:1+n]), 10), 1 + n, true
}

// backLength encodes an element's size as it stands behind the element (listpack.c, lpEncodeBacklen).
func backLength(size int) []byte {
	n := 5
	switch {
	case size <= 127:
		n = 1
	case size < 16383:
		n = 2
	case size < 2097151:
		n = 3
	case size < 268435455:
		n = 4
	}
	out := make([]byte, n)
	for i := n - 1; i >= 0; i-- {
		out[i] = byte(size & 0x7f)
		if i > 0 {
			out[i] |= 0x80
		}
		size >>= 7
	}
	return out
}
