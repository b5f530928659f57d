package preview

import (
	"context"

	"redbook/internal/ctxio"
	"redbook/internal/rdb"
	"redbook/runbook/host"
)

// dumps remembers what was read of files, by content: a plan reads a dump once
// for its digest and its check together, and once for each key that is asked for.
type dumps struct {
	picture *Picture
	scans   map[identity]*host.Dump
	keys    map[keyID]*rdb.Key
}

type keyID struct {
	file identity
	db   int
	name string
}

func newDumps(p *Picture) *dumps {
	return &dumps{picture: p, scans: map[identity]*host.Dump{}, keys: map[keyID]*rdb.Key{}}
}

func (d *dumps) digest(ctx context.Context, path string, c content) (host.Digest, error) {
	s, err := d.scan(ctx, path, c)
	if err != nil {
		return host.Digest{}, err
	}
	return s.Digest, nil
}

// scan reads a whole file, which path names in errors.
func (d *dumps) scan(ctx context.Context, path string, c content) (*host.Dump, error) {
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
	s, err := host.CheckDump(ctx, r)
	if err != nil {
		return nil, err
	}
	d.scans[c.identity()] = &s
	return &s, nil
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
	k, _, err := rdb.Find(ctxio.NewReader(ctx, r), db, []byte(name))
	if err != nil {
		return nil, err
	}
	d.keys[id] = k
	return k, nil
}
