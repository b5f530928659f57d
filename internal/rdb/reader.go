package rdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// Limits on what is kept in memory of a file that is not trusted.
const (
	maxName    = 512 << 20 // Redis' own limit for a key
	maxAux     = 64 << 10
	maxAuxes   = 256
	maxDBs     = 1 << 16
	maxModules = 1 << 10
	maxLibrary = 16 << 20 // of a library's code
	maxLibs    = 1 << 12
)

// An Entry is one key of a dump, before its value is read.
type Entry struct {
	DB       int
	Name     []byte    // valid until the next call of Next
	Type     string    // as Redis' TYPE command names it
	ExpireAt time.Time // zero: none
}

// A Reader walks through a dump key by key.
type Reader struct {
	src     source
	sum     Summary
	kinds   *[256]byte
	tallies map[int]*tally
	current *tally // of the database db; nil until it has a key
	modules map[string]bool

	db       uint64
	entry    Entry
	kind     int    // the entry's value type
	module   uint64 // the entry's module id, for a module's value
	start    int64  // where the entry's record begins
	size     int64  // bytes of the record, once its value was read
	pending  bool   // the entry's value was not read yet
	attached bool   // an expiry, idle time or frequency waits for its key
	expiry   int64
	expires  bool
	err      error // what Next returns from now on
}

// NewReader reads the dump's header from r. The Reader has a buffer of its own and may read beyond the dump's end.
func NewReader(r io.Reader) (*Reader, error) {
	d := &Reader{
		src:     newSource(r),
		sum:     Summary{Aux: map[string]string{}},
		tallies: map[int]*tally{},
		modules: map[string]bool{},
	}
	if err := d.readHeader(); err != nil {
		return nil, err
	}
	d.kinds = redisKinds
	if d.sum.Valkey {
		d.kinds = valkeyKinds
	}
	return d, nil
}

// Next goes to the next key, skipping the value of the one before unless it was read. At the end of the dump, with
// its checksum verified, it returns [io.EOF]. Any other error is final and says where the dump is bad.
func (r *Reader) Next() (*Entry, error) {
	if r.err == nil {
		r.err = r.next()
	}
	if r.err != nil {
		return nil, r.err
	}
	return &r.entry, nil
}

func (r *Reader) next() error {
	if err := r.Skip(); err != nil {
		return err
	}
	r.start = r.src.offset()
	for {
		at := r.src.offset()
		op, err := r.src.byte()
		if err != nil {
			return err
		}
		if op < opKeyMeta {
			return r.readKey(at, op)
		}
		if op == opEOF {
			return r.readEnd(at)
		}
		if err := r.readOpcode(at, op); err != nil {
			return err
		}
		if !r.attached {
			r.start = r.src.offset()
		}
	}
}

// Skip passes over the value of the current key, if it was not read yet. Next does so by itself; Skip is for its Size.
func (r *Reader) Skip() error {
	if !r.pending {
		return nil
	}
	r.pending = false
	if err := r.skipValue(); err != nil {
		r.err = err
		return err
	}
	r.size = r.src.offset() - r.start
	return nil
}

// Size is the number of bytes that the current key takes in the dump, once its value was skipped or decoded.
func (r *Reader) Size() int64 { return r.size }

// Summary says what the dump holds; it is complete once Next returned [io.EOF].
func (r *Reader) Summary() *Summary { return &r.sum }

// Rest is what follows the dump, once Next returned [io.EOF]: nothing in a dump, commands in an append-only file.
func (r *Reader) Rest() io.Reader { return r.src.rest() }

func (r *Reader) readKey(at int64, op byte) (err error) {
	kind := r.kinds[op]
	switch {
	case op == typeModulePreGA:
		return unsupported(at, "module value in the format of Redis 4.0's release candidates, which no server reads")
	case kind == noKind:
		return unsupported(at, "unknown value type %d", op)
	}
	r.kind = int(kind)
	e := &r.entry
	if e.Name, err = r.src.appendString(e.Name[:0], maxName); err != nil {
		return err
	}
	t, err := r.tally(at)
	if err != nil {
		return err
	}
	e.DB, e.Type = int(r.db), typeNames[kind]
	if kind == typeModule2 {
		if err := r.readModuleID(at, t); err != nil {
			return err
		}
	}
	t.keys++
	t.types[kind]++
	if r.expires {
		t.expires++
		e.ExpireAt = time.UnixMilli(r.expiry)
	} else if !e.ExpireAt.IsZero() {
		e.ExpireAt = time.Time{}
	}
	r.attached, r.expires = false, false
	r.pending = true
	return nil
}

func (r *Reader) tally(at int64) (*tally, error) {
	if r.current != nil {
		return r.current, nil
	}
	index := int(r.db)
	r.current = r.tallies[index]
	if r.current == nil {
		if len(r.tallies) == maxDBs {
			return nil, unsupported(at, "more than %d databases", maxDBs)
		}
		r.current = &tally{modules: map[string]uint64{}}
		r.tallies[index] = r.current
	}
	return r.current, nil
}

// readEnd verifies the checksum that follows the end opcode.
func (r *Reader) readEnd(at int64) error {
	if r.attached {
		return corrupt(at, "the dump ends where a key was announced")
	}
	r.sum.Checksum = Absent
	if r.sum.Version >= firstWithChecksum {
		want := r.src.checksum()
		at = r.src.offset()
		p, err := r.src.take(8)
		if err != nil {
			return err
		}
		switch got := binary.LittleEndian.Uint64(p); got {
		case 0:
			r.sum.Checksum = Unchecked
		case want:
			r.sum.Checksum = Good
		default:
			return &Error{Offset: at, Cause: ErrChecksum, Reason: fmt.Sprintf(
				"checksum mismatch: the dump says %016x, its bytes make %016x", got, want)}
		}
	}
	r.finish()
	return io.EOF
}

// atEOF makes sure that nothing follows the dump.
func (r *Reader) atEOF() error {
	at := r.src.offset()
	err := r.src.fill(1)
	if isTruncated(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return corrupt(at, "trailing bytes after the end of the dump")
}

func isTruncated(err error) bool { return errors.Is(err, ErrTruncated) }
