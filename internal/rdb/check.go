package rdb

import (
	"bytes"
	"errors"
	"io"
)

// Check reads a whole dump and verifies its structure and its checksum; values are passed over, not decoded. Bytes
// after the dump's end are an error.
//
// A nil error means that the bytes are those that the server wrote, if Summary.Checksum is [Good]; see [Checksum] for
// what else it can be. It does not mean that every server can load it: see [Summary.ReadableBy], Modules and MaxDB.
// Keys that are in the dump twice, on which a server stops, are not found: that would take memory for all names.
func Check(r io.Reader) (*Summary, error) {
	d, err := NewReader(r)
	if err != nil {
		return nil, err
	}
	if err := d.toEnd(); err != nil {
		return nil, err
	}
	if err := d.atEOF(); err != nil {
		return nil, err
	}
	return &d.sum, nil
}

// CheckPreamble checks the dump that a single-file append-only file begins with (aof-use-rdb-preamble, Redis 4 to 6),
// and returns what follows it.
func CheckPreamble(r io.Reader) (*Summary, io.Reader, error) {
	d, err := NewReader(r)
	if err != nil {
		return nil, nil, err
	}
	if err := d.toEnd(); err != nil {
		return nil, nil, err
	}
	return &d.sum, d.src.rest(), nil
}

func (r *Reader) toEnd() error {
	for {
		if _, err := r.Next(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// Find reads a whole dump as [Check] does, and decodes the value of one key; the key is nil when the dump does not hold
// it. A value that cannot be decoded is an error although Check, which does not look into values, may pass the dump.
func Find(r io.Reader, db int, name []byte) (*Key, *Summary, error) {
	d, err := NewReader(r)
	if err != nil {
		return nil, nil, err
	}
	var found *Key
	for {
		entry, err := d.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		if entry.DB != db || !bytes.Equal(entry.Name, name) {
			continue
		}
		if found != nil {
			return nil, nil, corrupt(d.start, "key %q is in database %d twice, on which a server stops", name, db)
		}
		if found, err = d.Key(); err != nil {
			return nil, nil, err
		}
	}
	if err := d.atEOF(); err != nil {
		return nil, nil, err
	}
	return found, &d.sum, nil
}
