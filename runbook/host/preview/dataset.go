package preview

import (
	"context"
	"fmt"

	"redbook/runbook/host"
)

// A dataset is what a server holds in memory.
type dataset struct {
	kind dataKind
	// file is the dump that it was loaded from, and path where that stood then.
	// Clients may write in the run; what the plan can know is the file.
	file content
	path string
	// origin says where it comes from, in words that follow "is" or "from".
	origin string
}

type dataKind int

const (
	dataLive    dataKind = iota // what the real server holds
	dataFile                    // a known dump
	dataEmpty                   // no key
	dataUnknown                 // known only in the run
)

// snapshot is the content of a file that the server writes from the dataset.
func (d dataset) snapshot(origin string) content {
	d.origin = origin
	return content{snapshot: &d}
}

// loaded is the dataset of a server that loads the snapshot from path.
func (d dataset) loaded(path string) dataset {
	if d.kind == dataLive {
		d.kind = dataUnknown
	}
	if d.kind != dataFile {
		d.path = path
	}
	return d
}

// Key implements host.Server. After a planned start or load it is answered
// from the dump that the server will have loaded.
func (s *server) Key(ctx context.Context, db int, key string) (host.Key, error) {
	if err := s.mustServe(ctx, "read a key of"); err != nil {
		return host.Key{}, err
	}
	if s.data.kind == dataLive {
		return s.real.Key(ctx, db, key)
	}
	databases, err := s.databases(ctx)
	if err != nil {
		return host.Key{}, err
	}
	if db >= databases {
		return host.Key{}, fmt.Errorf("read key %q of database %d of redis %q: its config says databases %d", key, db, s.name, databases)
	}
	switch s.data.kind {
	case dataFile:
		return s.keyInFile(ctx, db, key)
	case dataEmpty:
		return host.Key{}, nil
	}
	return host.Key{}, fmt.Errorf("read key %q of redis %q: its data is %s: %w", key, s.name, s.data.origin, host.ErrUnknown)
}

func (s *server) keyInFile(ctx context.Context, db int, name string) (host.Key, error) {
	k, err := s.picture.dumps.find(ctx, s.data.path, s.data.file, db, name)
	if err != nil {
		return host.Key{}, fmt.Errorf("find key %q of database %d in %s: %w", name, db, s.data.path, err)
	}
	if k == nil {
		return host.Key{}, nil
	}
	found := host.Key{Exists: true, Type: k.Type, TTL: -1}
	if !k.ExpireAt.IsZero() {
		if found.TTL = k.ExpireAt.Sub(s.picture.now); found.TTL <= 0 {
			return host.Key{}, nil // dropped at load, or soon after
		}
	}
	if value, ok := k.Value.([]byte); ok && k.Type == "string" {
		found.Value = string(value)
	}
	return found, nil
}
