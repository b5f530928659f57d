package inspect

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// ErrZstd says that a file is compressed with zstd, which this package does not read.
var ErrZstd = errors.New("compressed with zstd")

// A ZstdError says which file is compressed with zstd; it is an [ErrZstd].
type ZstdError struct{ Path string }

func (e *ZstdError) Error() string {
	return e.Path + " is compressed with zstd, which redbook does not read"
}

func (e *ZstdError) Unwrap() error { return ErrZstd }

// ErrDamaged is wrapped by errors that mean that a backup must not be used, where package rdb or aof has none of its own.
var ErrDamaged = errors.New("damaged backup")

// plain reads r, or what is compressed in it with gzip.
func plain(r io.Reader) (out *bufio.Reader, compressed bool, err error) {
	in := bufio.NewReaderSize(r, 64<<10)
	first, err := in.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	switch {
	case bytes.Equal(first, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return nil, false, ErrZstd
	case bytes.HasPrefix(first, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, true, fmt.Errorf("%w: gzip: %w", ErrDamaged, err)
		}
		return bufio.NewReaderSize(&gzipReader{z}, 64<<10), true, nil
	}
	return in, false, nil
}

// A gzipReader says which of its errors mean damage.
type gzipReader struct{ r *gzip.Reader }

func (g *gzipReader) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("%w: the gzip file ends too early", ErrDamaged)
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader):
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return n, err
}

// A counter counts what is read of r, and tells how far it is.
type counter struct {
	r    io.Reader
	n    int64
	tell func(int64) // may be nil
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if c.tell != nil {
		c.tell(c.n)
	}
	return n, err
}
