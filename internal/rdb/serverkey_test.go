package rdb

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// serverKey asks a server for a key, in the form that the package gives it.
func serverKey(t *testing.T, conn *redis.Conn, db int, name string) *Key {
	t.Helper()
	ctx := context.Background()
	k := &Key{DB: db, Name: []byte(name), Type: conn.Type(ctx, name).Val()}
	at, err := conn.Do(ctx, "PEXPIRETIME", name).Int64()
	if err != nil {
		t.Fatal(err)
	}
	if at >= 0 {
		k.ExpireAt = time.UnixMilli(at)
	}
	switch k.Type {
	case "string":
		k.Value = []byte(conn.Get(ctx, name).Val())
	case "list":
		k.Value = bytesOf(conn.LRange(ctx, name, 0, -1).Val())
	case "set":
		members := conn.SMembers(ctx, name).Val()
		k.Value = bytesOf(members)
		normal(k)
	case "hash":
		h := map[string][]byte{}
		for field, value := range conn.HGetAll(ctx, name).Val() {
			h[field] = []byte(value)
		}
		k.Value = h
	case "zset":
		var members []Member
		for _, z := range conn.ZRangeWithScores(ctx, name, 0, -1).Val() {
			members = append(members, Member{Name: []byte(z.Member.(string)), Score: z.Score})
		}
		k.Value = members
	case "stream":
		k.Value = serverStream(t, conn, name)
	default:
		t.Fatalf("key %q is of type %q", name, k.Type)
	}
	return k
}

func bytesOf(all []string) [][]byte {
	var out [][]byte
	for _, s := range all {
		out = append(out, []byte(s))
	}
	return out
}

func serverStream(t *testing.T, conn *redis.Conn, name string) *Stream {
	t.Helper()
	ctx := context.Background()
	full, err := conn.Do(ctx, "XINFO", "STREAM", name, "FULL", "COUNT", 0).Result()
	if err != nil {
		t.Fatal(err)
	}
	info := pairs(t, full)
	st := &Stream{
		LastID:       parseID(t, info["last-generated-id"]),
		MaxDeletedID: parseID(t, info["max-deleted-entry-id"]),
		FirstID:      parseID(t, info["recorded-first-entry-id"]),
		EntriesAdded: uint64(info["entries-added"].(int64)),
	}
	for _, e := range info["entries"].([]any) {
		entry := e.([]any)
		st.Entries = append(st.Entries, StreamEntry{ID: parseID(t, entry[0]), Fields: fields(entry[1].([]any))})
	}
	for _, g := range info["groups"].([]any) {
		st.Groups = append(st.Groups, serverGroup(t, pairs(t, g)))
	}
	return st
}

func fields(flat []any) (all []Field) {
	for i := 0; i < len(flat); i += 2 {
		all = append(all, Field{[]byte(flat[i].(string)), []byte(flat[i+1].(string))})
	}
	return all
}

func serverGroup(t *testing.T, info map[string]any) Group {
	t.Helper()
	g := Group{Name: []byte(info["name"].(string)), LastID: parseID(t, info["last-delivered-id"]), EntriesRead: -1}
	if n, ok := info["entries-read"].(int64); ok {
		g.EntriesRead = n
	}
	for _, p := range info["pending"].([]any) {
		entry := p.([]any)
		g.Pending = append(g.Pending, Pending{
			ID: parseID(t, entry[0]), Consumer: []byte(entry[1].(string)),
			DeliveredAt: time.UnixMilli(entry[2].(int64)), Deliveries: uint64(entry[3].(int64)),
		})
	}
	for _, c := range info["consumers"].([]any) {
		consumer := pairs(t, c)
		g.Consumers = append(g.Consumers, Consumer{
			Name: []byte(consumer["name"].(string)), SeenAt: time.UnixMilli(consumer["seen-time"].(int64)),
			Pending: len(consumer["pending"].([]any)),
		})
	}
	return g
}

// pairs makes a map of a reply in either protocol.
func pairs(t *testing.T, reply any) map[string]any {
	t.Helper()
	m := map[string]any{}
	switch reply := reply.(type) {
	case map[any]any:
		for k, v := range reply {
			m[k.(string)] = v
		}
	case []any:
		for i := 0; i < len(reply); i += 2 {
			m[reply[i].(string)] = reply[i+1]
		}
	default:
		t.Fatalf("reply %T", reply)
	}
	return m
}

func parseID(t *testing.T, id any) StreamID {
	t.Helper()
	millis, seq, ok := strings.Cut(fmt.Sprint(id), "-")
	m, err1 := strconv.ParseUint(millis, 10, 64)
	s, err2 := strconv.ParseUint(seq, 10, 64)
	if !ok || err1 != nil || err2 != nil {
		t.Fatalf("stream ID %v", id)
	}
	return StreamID{m, s}
}
