package preview

import (
	"context"
	"errors"
	"fmt"
	"io"

	"redbook/internal/ctxio"
	"redbook/internal/rdb"
	"redbook/runbook/host"
)

// Keyspace implements host.KeyspaceReader. After a planned start or load it is
// answered from the dump that the server will have loaded.
func (s *server) Keyspace(ctx context.Context) (host.Keyspace, error) {
	if err := s.mustServe(ctx, "read the keyspace of"); err != nil {
		return host.Keyspace{}, err
	}
	switch s.data.kind {
	case dataLive:
		return s.real.Keyspace(ctx)
	case dataEmpty:
		return host.Keyspace{Keys: map[int]int64{}, Libraries: []rdb.Library{}}, nil
	case dataFile:
		scan, err := s.picture.dumps.scan(ctx, s.data.path, s.data.file)
		if err != nil || scan.Summary == nil {
			return host.Keyspace{}, errors.Join(err, scan.Damage)
		}
		k := host.Keyspace{Keys: map[int]int64{}, Libraries: append([]rdb.Library{}, scan.Summary.Libraries...)}
		for _, db := range scan.Summary.DBs {
			k.Keys[db.Index] = int64(db.Keys)
		}
		return k, nil
	}
	return host.Keyspace{}, s.unknownData("the keyspace")
}

func (s *server) unknownData(what string) error {
	return fmt.Errorf("read %s of redis %q: its data is %s: %w", what, s.name, s.data.origin, host.ErrUnknown)
}

// Values implements host.KeyspaceReader. The dump is read once for all names.
func (s *server) Values(ctx context.Context, names []host.KeyName) ([]host.Value, error) {
	if err := s.mustServe(ctx, "read keys of"); err != nil {
		return nil, err
	}
	switch s.data.kind {
	case dataLive:
		return s.real.Values(ctx, names)
	case dataEmpty:
		return make([]host.Value, len(names)), nil
	case dataFile:
		values, err := s.valuesInFile(ctx, names)
		if err != nil {
			return nil, fmt.Errorf("find %d keys in %s: %w", len(names), s.data.path, err)
		}
		return values, nil
	}
	return nil, s.unknownData("keys")
}

func (s *server) valuesInFile(ctx context.Context, names []host.KeyName) ([]host.Value, error) {
	file, err := s.picture.open(s.data.path, s.data.file)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r, err := rdb.NewReader(ctxio.NewReader(ctx, file))
	if err != nil {
		return nil, err
	}
	places := make(map[host.KeyName]int, len(names))
	for i, name := range names {
		places[name] = i
	}
	values := make([]host.Value, len(names))
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return values, nil
		}
		if err != nil {
			return nil, err
		}
		i, asked := places[host.KeyName{DB: e.DB, Name: string(e.Name)}]
		if !asked || !e.ExpireAt.IsZero() && !e.ExpireAt.After(s.picture.now) { // dropped at load, or soon after
			continue
		}
		k, err := r.Key()
		if err != nil {
			return nil, err
		}
		values[i] = host.Value{Type: k.Type, Elements: k.Elements(), Digest: k.Digest(), ExpireAt: k.ExpireAt}
	}
}
