package replication

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"

	"redbook/internal/ctxio"
	"redbook/internal/rdb"
)

// chunkSize is how much is read, compared and sent at a time, in bytes.
const chunkSize = 256 << 10

// ErrChanged says that a dump is no longer what was verified.
var ErrChanged = errors.New("the dump changed since it was verified")

// A Dump is a file that was read from end to end and found whole. It remembers a
// digest of each piece, so that what is sent later is what was verified and
// nothing else: a server does not survive a damaged dump.
type Dump struct {
	Summary *rdb.Summary
	file    io.ReaderAt
	seed    maphash.Seed
	sums    []uint64 // of each chunkSize bytes
}

// Verify reads the dump in file. A dump without a good checksum is refused, since
// nothing vouches for its bytes.
func Verify(ctx context.Context, file io.ReaderAt) (*Dump, error) {
	d := &Dump{file: file, seed: maphash.MakeSeed()}
	pieces := &pieces{dump: d}
	all := io.NewSectionReader(file, 0, 1<<62)
	sum, err := rdb.Check(io.TeeReader(ctxio.NewReader(ctx, all), pieces))
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return nil, cause
		}
		return nil, err
	}
	if sum.Checksum != rdb.Good {
		return nil, fmt.Errorf("its checksum is %s: nothing vouches for its bytes", sum.Checksum)
	}
	pieces.end()
	d.Summary = sum
	return d, nil
}

// Size is the dump's length in bytes.
func (d *Dump) Size() int64 { return d.Summary.Size }

// send writes the dump to w. Each piece is compared with what was verified before it is
// sent; one that differs is ErrChanged, and w then lacks the rest.
func (d *Dump) send(ctx context.Context, w io.Writer) error {
	buf := make([]byte, chunkSize)
	for i, want := range d.sums {
		at := int64(i) * chunkSize
		piece := buf[:min(chunkSize, d.Size()-at)]
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if _, err := d.file.ReadAt(piece, at); err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read the dump at offset %d: %w", at, err)
		}
		if maphash.Bytes(d.seed, piece) != want {
			return fmt.Errorf("offset %d: %w", at, ErrChanged)
		}
		if _, err := w.Write(piece); err != nil {
			return fmt.Errorf("send the dump at offset %d: %w", at, err)
		}
	}
	return nil
}

// pieces digests what is written to it, piece by piece.
type pieces struct {
	dump  *Dump
	piece []byte
}

func (p *pieces) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		m := min(len(b), chunkSize-len(p.piece))
		p.piece, b = append(p.piece, b[:m]...), b[m:]
		if len(p.piece) == chunkSize {
			p.end()
		}
	}
	return n, nil
}

func (p *pieces) end() {
	if len(p.piece) > 0 {
		p.dump.sums = append(p.dump.sums, maphash.Bytes(p.dump.seed, p.piece))
		p.piece = p.piece[:0]
	}
}
