package inspect

import (
	"bufio"
	"errors"
	"io"

	"redbook/internal/aof"
	"redbook/internal/rdb"
)

// A visitor is shown each key of a dump. It may decode the value, and must not keep the entry.
type visitor func(r *rdb.Reader, e *rdb.Entry) error

// contents is what one file turned out to be: a dump, commands, or a dump with commands behind it.
type contents struct {
	dump     *rdb.Summary // nil: none
	commands aof.Stats
	packed   string // the compression; empty: none
	size     int64  // uncompressed
}

// walk reads one file from end to end and verifies structure and checksum. An empty file is a part of an append-only
// file, and no backup by itself.
func walk(r io.Reader, isPart bool, visit visitor) (contents, error) {
	in, packed, err := plain(r)
	if err != nil {
		return contents{packed: packed}, err
	}
	c := contents{packed: packed}
	size := &counter{r: in}
	if isPart || beginsAsCommands(in) {
		err = c.readPart(bufio.NewReaderSize(size, 64<<10), visit)
	} else {
		err = c.readDump(size, visit)
	}
	c.size = size.n
	return c, err
}

func beginsAsCommands(in *bufio.Reader) bool {
	first, err := in.Peek(1)
	return err == nil && (first[0] == '*' || first[0] == '#')
}

func (c *contents) readPart(in *bufio.Reader, visit visitor) error {
	first, err := in.Peek(len("VALKEY"))
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if aof.HasRDBPreamble(first) {
		return c.readDump(in, visit)
	}
	c.commands, err = aof.CheckIncr(in)
	return err
}

func (c *contents) readDump(in io.Reader, visit visitor) error {
	d, err := rdb.NewReader(in)
	if err != nil {
		return err
	}
	if err := each(d, visit); err != nil {
		return err
	}
	s := d.Summary()
	c.dump = s
	c.commands, err = aof.CheckCommands(d.Rest(), s.Size)
	var bad *aof.Error
	if errors.As(err, &bad) && bad.Whole == s.Size && !s.AOFBase {
		err = &rdb.Error{Offset: s.Size, Reason: "trailing bytes after the end of the dump", Cause: rdb.ErrCorrupt}
	}
	return err
}

func each(d *rdb.Reader, visit visitor) error {
	for {
		e, err := d.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = visit(d, e)
		}
		if err != nil {
			return err
		}
	}
}

// Damage tells whether an error means that a backup is damaged or none, and not that it could not be read.
func Damage(err error) bool {
	for _, cause := range []error{
		rdb.ErrNotRDB, rdb.ErrTruncated, rdb.ErrVersion, rdb.ErrChecksum, rdb.ErrCorrupt, rdb.ErrUnsupported,
		aof.ErrTruncated, aof.ErrFormat, aof.ErrManifest, ErrDamaged,
	} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return false
}
