package host

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"

	"redbook/internal/ahead"
	"redbook/internal/ctxio"
	"redbook/internal/rdb"
)

// A Dump is what one reading of a whole file told of it as a dump.
type Dump struct {
	Digest  Digest
	IsDump  bool         // it begins as a dump does
	Summary *rdb.Summary // nil when Damage is not
	Damage  error        // why it is no whole dump
}

// A DumpReader reads dumps.
type DumpReader interface {
	// ReadDump reads the regular file at path to its end, for its digest and its
	// check together. A damaged dump is no error: Damage says so. What the machine
	// itself wrote, and nothing has changed since, need not be read again.
	ReadDump(ctx context.Context, path string) (Dump, error)
}

// CheckDump reads what r gives to its end.
func CheckDump(ctx context.Context, r io.Reader) (Dump, error) {
	sum := sha256.New()
	size := &counter{}
	all := ahead.NewReader(ctxio.NewReader(ctx, r), sum, size)
	defer all.Close()
	d, err := judge(all)
	if err != nil {
		return Dump{}, err
	}
	d.Digest = Digest{Size: size.n, SHA256: hex.EncodeToString(sum.Sum(nil))}
	return d, nil
}

// judge reads r to its end. The digest is left to the caller.
func judge(r io.Reader) (Dump, error) {
	var d Dump
	first := make([]byte, 9)
	n, err := io.ReadFull(r, first)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return Dump{}, err
	}
	first = first[:n]
	d.IsDump, d.Damage = rdb.HasMagic(first), rdb.ErrNotRDB
	if d.IsDump {
		d.Summary, d.Damage = rdb.Check(io.MultiReader(bytes.NewReader(first), r))
	}
	if _, err := io.Copy(io.Discard, r); err != nil { // also what ended the check
		return Dump{}, err
	}
	return d, nil
}

// A DumpWriter checks what is written to it, on another goroutine. Its user must close it.
type DumpWriter struct {
	pipe   *io.PipeWriter
	judged chan Dump
}

// NewDumpWriter returns a DumpWriter to which nothing was written.
func NewDumpWriter() *DumpWriter {
	r, w := io.Pipe()
	d := &DumpWriter{w, make(chan Dump, 1)}
	go func() {
		dump, _ := judge(r) // the pipe gives no error but its end
		d.judged <- dump
	}()
	return d
}

// Write implements [io.Writer].
func (d *DumpWriter) Write(p []byte) (int, error) { return d.pipe.Write(p) }

// Close ends what was written and returns what it is as a dump, without its digest.
func (d *DumpWriter) Close() Dump {
	_ = d.pipe.Close() // it never fails
	return <-d.judged
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}
