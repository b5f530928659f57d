package local

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"redbook/internal/rdb"
)

// isReply tells an error that the server answered with from one of the connection.
func isReply(err error) bool {
	var reply redis.Error
	return errors.As(err, &reply)
}

// changed tells errors that mean that a client changed the key while it was read.
func changed(err error) bool {
	return errors.Is(err, redis.Nil) || isReply(err) &&
		(strings.HasPrefix(err.Error(), "WRONGTYPE") || strings.Contains(err.Error(), "no such key"))
}

// askWhole adds to a pipeline the command that reads a value; when that was
// executed the result gives the value in the form that rdb.Key has it.
func askWhole(ctx context.Context, p redis.Pipeliner, kind, name string) func() (any, error) {
	switch kind {
	case "string":
		cmd := p.Get(ctx, name)
		return func() (any, error) { v, err := cmd.Bytes(); return v, err }
	case "list":
		cmd := p.LRange(ctx, name, 0, -1)
		return func() (any, error) { return elements(cmd.Val()), cmd.Err() }
	case "set":
		cmd := p.SMembers(ctx, name)
		return func() (any, error) { return elements(cmd.Val()), cmd.Err() }
	case "hash":
		cmd := p.HGetAll(ctx, name)
		return func() (any, error) { return fields(cmd.Val()), cmd.Err() }
	case "zset":
		cmd := p.ZRangeWithScores(ctx, name, 0, -1)
		return func() (any, error) { return members(cmd.Val()), cmd.Err() }
	case "stream":
		cmd := p.Do(ctx, "XINFO", "STREAM", name, "FULL", "COUNT", 0)
		return func() (any, error) {
			reply, err := cmd.Result()
			if err != nil {
				return nil, err
			}
			return stream(reply)
		}
	}
	return func() (any, error) { return rdb.Module{Name: kind}, nil }
}

func elements(all []string) [][]byte {
	out := make([][]byte, len(all))
	for i, s := range all {
		out[i] = []byte(s)
	}
	return out
}

func fields(all map[string]string) map[string][]byte {
	out := make(map[string][]byte, len(all))
	for name, value := range all {
		out[name] = []byte(value)
	}
	return out
}

func members(all []redis.Z) []rdb.Member {
	out := make([]rdb.Member, len(all))
	for i, z := range all {
		out[i] = rdb.Member{Name: []byte(fmt.Sprint(z.Member)), Score: z.Score}
	}
	return out
}

// perStep is how much of a large value is asked for at a time: while it answers,
// a server serves nobody else.
const perStep = 1000

// readLarge reads a value in many steps.
func readLarge(ctx context.Context, c *redis.Client, kind, name string) (any, error) {
	switch kind {
	case "string":
		return c.Get(ctx, name).Bytes()
	case "list":
		return readSlices(func(from int64) ([][]byte, error) {
			part, err := c.LRange(ctx, name, from, from+perStep-1).Result()
			return elements(part), err
		})
	case "zset":
		return readSlices(func(from int64) ([]rdb.Member, error) {
			part, err := c.ZRangeWithScores(ctx, name, from, from+perStep-1).Result()
			return members(part), err
		})
	case "set":
		seen := map[string]string{}
		err := scan(func(cursor uint64) ([]string, uint64, error) { return c.SScan(ctx, name, cursor, "", perStep).Result() },
			func(page []string) {
				for _, m := range page {
					seen[m] = ""
				}
			})
		var out [][]byte
		for m := range seen {
			out = append(out, []byte(m))
		}
		return out, err
	}
	out := map[string][]byte{}
	err := scan(func(cursor uint64) ([]string, uint64, error) { return c.HScan(ctx, name, cursor, "", perStep).Result() },
		func(page []string) {
			for i := 0; i+1 < len(page); i += 2 {
				out[page[i]] = []byte(page[i+1])
			}
		})
	return out, err
}

func readSlices[T any](read func(from int64) ([]T, error)) ([]T, error) {
	var all []T
	for {
		part, err := read(int64(len(all)))
		if err != nil || len(part) == 0 {
			return all, err
		}
		all = append(all, part...)
	}
}

func scan(read func(cursor uint64) ([]string, uint64, error), add func([]string)) error {
	for cursor := uint64(0); ; {
		page, next, err := read(cursor)
		if err != nil {
			return err
		}
		add(page)
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

// stream takes the reply of XINFO STREAM FULL apart (t_stream.c, xinfoReplyWithStreamInfo).
func stream(reply any) (s *rdb.Stream, err error) {
	defer func() {
		if r := recover(); r != nil { // a reply of another shape fails a type assertion
			err = fmt.Errorf("the reply of XINFO STREAM is not understood: %v", r)
		}
	}()
	top := pairs(reply)
	s = &rdb.Stream{LastID: streamID(top["last-generated-id"])}
	for _, one := range top["entries"].([]any) {
		entry := one.([]any)
		e := rdb.StreamEntry{ID: streamID(entry[0])}
		flat := entry[1].([]any)
		for i := 0; i < len(flat); i += 2 {
			e.Fields = append(e.Fields, rdb.Field{Name: []byte(flat[i].(string)), Value: []byte(flat[i+1].(string))})
		}
		s.Entries = append(s.Entries, e)
	}
	for _, one := range top["groups"].([]any) {
		s.Groups = append(s.Groups, streamGroup(pairs(one)))
	}
	return s, nil
}

func streamGroup(info map[string]any) rdb.Group {
	g := rdb.Group{Name: []byte(info["name"].(string)), LastID: streamID(info["last-delivered-id"])}
	pending, known := info["pending"].([]any)
	if !known {
		pending = info["pel"].([]any) // another name for it, in some versions
	}
	for _, one := range pending {
		p := one.([]any)
		g.Pending = append(g.Pending, rdb.Pending{
			ID: streamID(p[0]), Consumer: []byte(p[1].(string)),
			DeliveredAt: time.UnixMilli(p[2].(int64)), Deliveries: uint64(p[3].(int64)),
		})
	}
	for _, one := range info["consumers"].([]any) {
		g.Consumers = append(g.Consumers, rdb.Consumer{Name: []byte(pairs(one)["name"].(string))})
	}
	return g
}

func streamID(reply any) rdb.StreamID {
	millis, seq, _ := strings.Cut(reply.(string), "-")
	m, err1 := strconv.ParseUint(millis, 10, 64)
	n, err2 := strconv.ParseUint(seq, 10, 64)
	if err := errors.Join(err1, err2); err != nil {
		panic(err)
	}
	return rdb.StreamID{Millis: m, Seq: n}
}
