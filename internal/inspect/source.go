package inspect

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// ErrDamaged is wrapped by errors that mean that a backup must not be used, where package rdb or aof has none of its own.
var ErrDamaged = errors.New("damaged backup")

// A compression is a format of compressed files, by the name of the program that writes them.
type compression struct {
	name   string
	begins func(first []byte) bool
	open   func(io.Reader) (io.Reader, error)
}

var compressions = []compression{
	{"gzip", func(first []byte) bool { return bytes.HasPrefix(first, []byte{0x1f, 0x8b}) },
		func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
	{"zstd", beginsAsZstd, openZstd},
}

// maxZstdWindow is the most memory in bytes that a file can claim. It is what zstd itself grants if it is told nothing
// else.
const maxZstdWindow = 128 << 20

func openZstd(r io.Reader) (io.Reader, error) {
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxZstdWindow))
}

// beginsAsZstd knows a frame, and one that is skipped, with which files begin that were compressed in parts
// (RFC 8878, section 3.1).
func beginsAsZstd(first []byte) bool {
	return bytes.Equal(first, []byte{0x28, 0xb5, 0x2f, 0xfd}) ||
		len(first) == 4 && first[0]&0xf0 == 0x50 && bytes.Equal(first[1:], []byte{0x2a, 0x4d, 0x18})
}

// plain reads r, or what is compressed in it, and returns the name of the compression.
func plain(r io.Reader) (out *bufio.Reader, name string, err error) {
	from := &failures{r: r}
	in := bufio.NewReaderSize(from, 64<<10)
	first, err := in.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", err
	}
	for _, c := range compressions {
		if !c.begins(first) {
			continue
		}
		z, err := c.open(in)
		if err != nil {
			return nil, c.name, from.explain(c.name, err)
		}
		return bufio.NewReaderSize(&unpacker{c.name, z, from}, 64<<10), c.name, nil
	}
	return in, "", nil
}

// An unpacker says which of its errors mean damage: those that reading the packed file did not give.
type unpacker struct {
	name string
	z    io.Reader
	from *failures
}

func (u *unpacker) Read(p []byte) (int, error) {
	n, err := u.z.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // io.Reader gives io.EOF itself
		err = u.from.explain(u.name, err)
	}
	return n, err
}

// failures keeps the error that r gave, other than io.EOF.
type failures struct {
	r   io.Reader
	err error
}

func (f *failures) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		f.err = err
	}
	return n, err
}

// explain says what an error of what unpacks f means.
func (f *failures) explain(name string, err error) error {
	switch {
	case f.err != nil:
		return f.err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("%w: the %s file ends too early", ErrDamaged, name)
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return fmt.Errorf("the %s file wants more than %d MiB of memory to be unpacked; unpack it first", name, maxZstdWindow>>20)
	}
	return fmt.Errorf("%w: %s: %w", ErrDamaged, name, err)
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
