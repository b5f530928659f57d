package rdb

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// A source begins with a small buffer, which is all that a small dump needs.
const (
	firstBufferSize = 16 << 10
	bufferSize      = 256 << 10
)

// A source reads a dump through one buffer and keeps the checksum of all that was consumed. The checksum is brought
// up to date when the buffer is refilled, not byte by byte.
type source struct {
	r        io.Reader
	buf      []byte
	base     int64 // offset in the file of buf[0]
	pos, end int   // buf[pos:end] is unread
	hashed   int   // buf[:hashed] is in crc already
	crc      uint64
}

func newSource(r io.Reader) source { return source{r: r, buf: make([]byte, firstBufferSize)} }

func (s *source) offset() int64 { return s.base + int64(s.pos) }

// checksum returns the CRC of everything consumed so far.
func (s *source) checksum() uint64 {
	s.crc = updateCRC(s.crc, s.buf[s.hashed:s.pos])
	s.hashed = s.pos
	return s.crc
}

// fill makes at least n unread bytes available; n is at most firstBufferSize.
func (s *source) fill(n int) error {
	if s.end-s.pos >= n {
		return nil
	}
	s.checksum()
	s.base += int64(s.pos)
	next := s.buf
	if s.end == len(s.buf) && s.end < bufferSize {
		next = make([]byte, bufferSize)
	}
	s.end = copy(next, s.buf[s.pos:s.end])
	s.buf = next
	s.pos, s.hashed = 0, 0
	m, err := io.ReadAtLeast(s.r, s.buf[s.end:], n-s.end)
	s.end += m
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Offset: s.base + int64(s.end), Reason: "the file ends in the middle of the dump", Cause: ErrTruncated}
	}
	return &Error{Offset: s.base + int64(s.end), Reason: fmt.Sprintf("read: %v", err), Cause: err}
}

// take consumes n bytes and returns them; they are valid until the next call. n is at most firstBufferSize.
func (s *source) take(n int) ([]byte, error) {
	if s.end-s.pos < n {
		if err := s.fill(n); err != nil {
			return nil, err
		}
	}
	p := s.buf[s.pos : s.pos+n]
	s.pos += n
	return p, nil
}

func (s *source) byte() (byte, error) {
	if s.pos == s.end {
		if err := s.fill(1); err != nil {
			return 0, err
		}
	}
	b := s.buf[s.pos]
	s.pos++
	return b, nil
}

// skip consumes n bytes.
func (s *source) skip(n uint64) error {
	for n > uint64(s.end-s.pos) {
		n -= uint64(s.end - s.pos)
		s.pos = s.end
		if err := s.fill(1); err != nil {
			return err
		}
	}
	s.pos += int(n)
	return nil
}

// appendN appends the next n bytes to dst. Memory grows with the bytes that arrive, whatever n claims.
func (s *source) appendN(dst []byte, n uint64) ([]byte, error) {
	for n > 0 {
		if err := s.fill(1); err != nil {
			return nil, err
		}
		m := min(n, uint64(s.end-s.pos))
		dst = append(dst, s.buf[s.pos:s.pos+int(m)]...)
		s.pos += int(m)
		n -= m
	}
	return dst, nil
}

// rest returns a reader of what follows the part consumed so far.
func (s *source) rest() io.Reader {
	return io.MultiReader(bytes.NewReader(s.buf[s.pos:s.end]), s.r)
}
