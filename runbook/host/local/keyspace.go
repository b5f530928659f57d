package local

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"redbook/internal/rdb"
	"redbook/runbook/host"
)

const (
	valueBatch = 100      // keys that are asked for in one go
	smallValue = 64 << 10 // bytes, or elements, times 64: what is not small is read by itself, bit by bit
)

// Keyspace implements host.KeyspaceReader.
func (s *server) Keyspace(ctx context.Context) (host.Keyspace, error) {
	k := host.Keyspace{Keys: map[int]int64{}}
	err := s.session(ctx, 0, func(c *redis.Client) error {
		fields, err := info(ctx, c, "keyspace")
		if err != nil {
			return err
		}
		for name, value := range fields {
			if db, n, ok := databaseLine(name, value); ok {
				k.Keys[db] = n
			}
		}
		k.Libraries, err = libraries(ctx, c)
		return err
	})
	return k, s.wrap("read the keyspace of", err)
}

// databaseLine takes a line of INFO apart: "db0" and "keys=22,expires=1,avg_ttl=0".
func databaseLine(name, value string) (db int, keys int64, ok bool) {
	number, isDB := strings.CutPrefix(name, "db")
	db, err := strconv.Atoi(number)
	count, found := strings.CutPrefix(value, "keys=")
	if !isDB || err != nil || !found {
		return 0, 0, false
	}
	count, _, _ = strings.Cut(count, ",")
	keys, err = strconv.ParseInt(count, 10, 64)
	return db, keys, err == nil
}

// libraries are the function libraries; nil where they cannot be told.
func libraries(ctx context.Context, c *redis.Client) ([]rdb.Library, error) {
	reply, err := c.Do(ctx, "FUNCTION", "LIST", "WITHCODE").Slice()
	if forbidden(err) {
		return nil, nil
	}
	list := []rdb.Library{}
	for _, one := range reply {
		code, ok := pairs(one)["library_code"].(string)
		if !ok {
			return nil, fmt.Errorf("list functions: the reply %T is not understood", one)
		}
		list = append(list, rdb.NewLibrary([]byte(code)))
	}
	return list, err
}

// pairs makes a map of a flat list of names and values.
func pairs(reply any) map[string]any {
	m := map[string]any{}
	list, _ := reply.([]any)
	for i := 0; i+1 < len(list); i += 2 {
		if name, ok := list[i].(string); ok {
			m[name] = list[i+1]
		}
	}
	return m
}

// Values implements host.KeyspaceReader.
func (s *server) Values(ctx context.Context, names []host.KeyName) ([]host.Value, error) {
	values := make([]host.Value, len(names))
	for from := 0; from < len(names); {
		db := names[from].DB
		to := from
		for to < len(names) && names[to].DB == db {
			to++
		}
		err := s.session(ctx, db, func(c *redis.Client) error {
			for at := from; at < to; at += valueBatch {
				end := min(at+valueBatch, to)
				if err := readValues(ctx, c, names[at:end], values[at:end]); err != nil {
					return err
				}
			}
			return nil
		})
		if forbidden(err) {
			err = fmt.Errorf("%w: %w", host.ErrForbidden, err)
		}
		if err != nil {
			return nil, s.wrap(fmt.Sprintf("read keys of db %d of", db), err)
		}
		from = to
	}
	return values, nil
}

// readValues reads keys of one database.
func readValues(ctx context.Context, c *redis.Client, names []host.KeyName, values []host.Value) error {
	if err := readExpiries(ctx, c, names, values); err != nil {
		return err
	}
	sizes, err := readSizes(ctx, c, names, values)
	if err != nil {
		return err
	}
	small := c.Pipeline()
	finish := make([]func() (any, error), len(names))
	for i, name := range names {
		if sizes[i] <= smallValue {
			finish[i] = askWhole(ctx, small, values[i].Type, name.Name)
		}
	}
	if _, err := small.Exec(ctx); err != nil && !isReply(err) {
		return err
	}
	for i, name := range names {
		if values[i].Type == "" {
			continue
		}
		read := finish[i]
		if read == nil {
			read = func() (any, error) { return readLarge(ctx, c, values[i].Type, name.Name) }
		}
		v, err := read()
		if err != nil && !changed(err) {
			return err
		}
		k := rdb.Key{Type: values[i].Type, Value: v}
		values[i].Elements, values[i].Digest = k.Elements(), k.Digest()
	}
	return nil
}

// readExpiries asks for type and expiry.
func readExpiries(ctx context.Context, c *redis.Client, names []host.KeyName, values []host.Value) error {
	p := c.Pipeline()
	clock := p.Time(ctx)
	kinds, lives := make([]*redis.StatusCmd, len(names)), make([]*redis.Cmd, len(names))
	for i, name := range names {
		kinds[i], lives[i] = p.Type(ctx, name.Name), p.Do(ctx, "PTTL", name.Name)
	}
	if _, err := p.Exec(ctx); err != nil {
		return err
	}
	for i := range names {
		if kinds[i].Val() == "none" {
			continue
		}
		values[i].Type = kinds[i].Val()
		left, err := lives[i].Int64()
		if err != nil {
			return err
		}
		if left >= 0 {
			values[i].ExpireAt = clock.Val().Add(time.Duration(left) * time.Millisecond)
		}
	}
	return nil
}

// readSizes estimates how large values are, in bytes.
func readSizes(ctx context.Context, c *redis.Client, names []host.KeyName, values []host.Value) ([]int64, error) {
	const element = 64
	p := c.Pipeline()
	asked := make([]*redis.IntCmd, len(names))
	for i, name := range names {
		switch values[i].Type {
		case "string":
			asked[i] = p.StrLen(ctx, name.Name)
		case "list":
			asked[i] = p.LLen(ctx, name.Name)
		case "set":
			asked[i] = p.SCard(ctx, name.Name)
		case "hash":
			asked[i] = p.HLen(ctx, name.Name)
		case "zset":
			asked[i] = p.ZCard(ctx, name.Name)
		}
	}
	if p.Len() > 0 {
		if _, err := p.Exec(ctx); err != nil && !isReply(err) {
			return nil, err
		}
	}
	sizes := make([]int64, len(names))
	for i, cmd := range asked {
		if cmd == nil {
			continue
		}
		if forbidden(cmd.Err()) {
			return nil, cmd.Err() // what may be large is not read blindly
		}
		if sizes[i] = cmd.Val(); values[i].Type != "string" {
			sizes[i] *= element
		}
	}
	return sizes, nil
}
