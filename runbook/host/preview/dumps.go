package preview

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"

	"redbook/internal/ahead"
	"redbook/internal/rdb"
	"redbook/runbook/host"
)

// dumps remembers what was read of files, by content: a plan reads a dump once
// for its digest and its check together, and once for each key that is asked for.
type dumps struct {
	picture *Picture
	scans   map[identity]*scan
	keys    map[keyID]*rdb.Key
}

type keyID struct {
	file identity
	db   int
	name string
}

// A scan is what one reading of a whole file told.
type scan struct {
	digest  host.Digest
	isDump  bool // it begins as a dump does
	summary *rdb.Summary
	damage  error // why it is no whole dump
}

func newDumps(p *Picture) *dumps {
	return &dumps{picture: p, scans: map[identity]*scan{}, keys: map[keyID]*rdb.Key{}}
}

func (d *dumps) digest(ctx context.Context, path string, c content) (host.Digest, error) {
	s, err := d.scan(ctx, path, c)
	if err != nil {
		return host.Digest{}, err
	}
	return s.digest, nil
}

// scan reads a whole file, which path names in errors.
func (d *dumps) scan(ctx context.Context, path string, c content) (*scan, error) {
	if c.snapshot == nil {
		if s, ok := d.scans[c.identity()]; ok {
			return s, nil
		}
	}
	r, err := d.picture.open(path, c)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	s, err := scanAll(ctxReader{ctx, r})
	if err != nil {
		return nil, err
	}
	d.scans[c.identity()] = s
	return s, nil
}

func scanAll(r io.Reader) (*scan, error) {
	sum := sha256.New()
	size := &counter{}
	all := ahead.NewReader(r, sum, size)
	defer all.Close()
	s := &scan{}
	first := make([]byte, 9)
	n, err := io.ReadFull(all, first)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	first = first[:n]
	s.isDump = rdb.HasMagic(first)
	if s.isDump {
		s.summary, s.damage = rdb.Check(io.MultiReader(bytes.NewReader(first), all))
	} else {
		s.damage = rdb.ErrNotRDB
	}
	if _, err := io.Copy(io.Discard, all); err != nil {
		return nil, err
	}
	s.digest = host.Digest{Size: size.n, SHA256: hex.EncodeToString(sum.Sum(nil))}
	return s, nil
}

// find looks a key up in a dump; nil when the dump does not hold it.
func (d *dumps) find(ctx context.Context, path string, c content, db int, name string) (*rdb.Key, error) {
	id := keyID{file: c.identity(), db: db, name: name}
	if k, ok := d.keys[id]; ok {
		return k, nil
	}
	r, err := d.picture.open(path, c)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	k, _, err := rdb.Find(ctxReader{ctx, r}, db, []byte(name))
	if err != nil {
		return nil, err
	}
	d.keys[id] = k
	return k, nil
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

// A ctxReader ends with the context.
type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (r ctxReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
