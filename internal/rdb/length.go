package rdb

import (
	"encoding/binary"
	"math"
	"strconv"
)

// Special string encodings (rdb.h, RDB_ENC_*).
const (
	encInt8  = 0
	encInt16 = 1
	encInt32 = 2
	encLZF   = 3
)

// length reads a length (rdb.c, rdbLoadLenByRef). When special is true, n is one of the string encodings instead.
func (s *source) length() (n uint64, special bool, err error) {
	b, err := s.byte()
	if err != nil {
		return 0, false, err
	}
	switch {
	case b < 0x40:
		return uint64(b), false, nil
	case b < 0x80:
		low, err := s.byte()
		return uint64(b&0x3f)<<8 | uint64(low), false, err
	case b == 0x80:
		p, err := s.take(4)
		if err != nil {
			return 0, false, err
		}
		return uint64(binary.BigEndian.Uint32(p)), false, nil
	case b == 0x81:
		p, err := s.take(8)
		if err != nil {
			return 0, false, err
		}
		return binary.BigEndian.Uint64(p), false, nil
	case b < 0xc0:
		return 0, false, corrupt(s.offset()-1, "unknown length encoding 0x%02x", b)
	}
	return uint64(b & 0x3f), true, nil
}

// count reads a length that cannot be a special encoding.
func (s *source) count() (uint64, error) {
	at := s.offset()
	n, special, err := s.length()
	if err == nil && special {
		err = corrupt(at, "string encoding %d where a length belongs", n)
	}
	return n, err
}

// A stringHead is what stands before a string's bytes.
type stringHead struct {
	at      int64
	integer bool   // the bytes are a little-endian integer
	lzf     bool   // the bytes are compressed
	stored  uint64 // bytes in the file
	size    uint64 // bytes of the string; an upper bound for an integer
}

func (s *source) stringHead() (h stringHead, err error) {
	h.at = s.offset()
	n, special, err := s.length()
	switch {
	case err != nil:
		return h, err
	case !special:
		h.stored, h.size = n, n
	case n == encInt8 || n == encInt16 || n == encInt32:
		h.integer, h.stored, h.size = true, 1<<n, uint64(len("-2147483648"))
	case n == encLZF:
		h.lzf = true
		if h.stored, err = s.count(); err == nil {
			h.size, err = s.count()
		}
	default:
		err = corrupt(h.at, "unknown string encoding %d", n)
	}
	return h, err
}

// short takes a string the way most are: short, and in the buffer as a whole. It is what makes reading fast.
func (s *source) short() (p []byte, ok bool) {
	if s.pos == s.end {
		return nil, false
	}
	n := int(s.buf[s.pos])
	if n >= 0x40 || s.end-s.pos <= n {
		return nil, false
	}
	p = s.buf[s.pos+1 : s.pos+1+n]
	s.pos += 1 + n
	return p, true
}

// skipString consumes a string in any encoding.
func (s *source) skipString() error {
	if _, ok := s.short(); ok {
		return nil
	}
	h, err := s.stringHead()
	if err != nil {
		return err
	}
	return s.skip(h.stored)
}

// appendString appends a string in any encoding to dst; a string of more than limit bytes is an error. The limit is
// above what a short string can have.
func (s *source) appendString(dst []byte, limit uint64) ([]byte, error) {
	if p, ok := s.short(); ok {
		return append(dst, p...), nil
	}
	h, err := s.stringHead()
	if err != nil {
		return nil, err
	}
	if max(h.size, h.stored) > limit {
		return nil, corrupt(h.at, "string of %d bytes, more than the %d that are possible here",
			max(h.size, h.stored), limit)
	}
	return s.appendBody(dst, h)
}

// shortString reads a string that has at most limit bytes, and passes over a longer one; fits says which.
func (s *source) shortString(limit uint64) (p []byte, fits bool, err error) {
	h, err := s.stringHead()
	if err != nil {
		return nil, false, err
	}
	if max(h.size, h.stored) > limit {
		return nil, false, s.skip(h.stored)
	}
	p, err = s.appendBody(nil, h)
	return p, true, err
}

// string reads a string of a value: as large as the file makes it.
func (s *source) string() ([]byte, error) { return s.appendString([]byte{}, math.MaxInt64) }

func (s *source) appendBody(dst []byte, h stringHead) ([]byte, error) {
	switch {
	case h.integer:
		p, err := s.take(int(h.stored))
		if err != nil {
			return nil, err
		}
		return strconv.AppendInt(dst, littleEndian(p), 10), nil
	case h.lzf:
		packed, err := s.appendN(nil, h.stored)
		if err != nil {
			return nil, err
		}
		out, ok := appendLZF(dst, packed, h.size)
		if !ok {
			return nil, corrupt(h.at, "invalid LZF compressed string")
		}
		return out, nil
	}
	return s.appendN(dst, h.stored)
}

// littleEndian is the signed integer of one to eight bytes that p is.
func littleEndian(p []byte) int64 {
	var v uint64
	for i, b := range p {
		v |= uint64(b) << (8 * i)
	}
	unused := 64 - 8*len(p)
	return int64(v<<unused) >> unused
}

// millis reads a time in milliseconds since 1970.
func (s *source) millis() (int64, error) {
	p, err := s.take(8)
	if err != nil {
		return 0, err
	}
	return int64(binary.LittleEndian.Uint64(p)), nil
}
