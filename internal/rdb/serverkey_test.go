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
	k.ExpireAt = serverExpiry(t, conn, name)
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
		k.Value, k.FieldExpireAt = h, fieldExpiries(t, conn, name, h)
	case "zset":
		var members []Member
		for _, z := range conn.ZRangeWithScores(ctx, name, 0, -1).Val() {
			members = append(members, Member{Name: []byte(z.Member.(string)), Score: z.Score})
		}
		k.Value = members
	case "stream":
		k.Value = serverStream(t, conn, name)
	case "vectorset": // what a module keeps is not looked into
		k.Value = Module{Name: "vectorset"}
	default:
		t.Fatalf("key %q is of type %q", name, k.Type)
	}
	return k
}

// serverExpiry asks when a key expires. A server before 7.0 tells only how long that is from now, which makes the answer
// inexact: see nearExpiry.
func serverExpiry(t *testing.T, conn *redis.Conn, name string) time.Time {
	t.Helper()
	ctx := context.Background()
	at, err := conn.Do(ctx, "PEXPIRETIME", name).Int64()
	if err != nil && strings.Contains(err.Error(), "unknown command") {
		left, err := conn.Do(ctx, "PTTL", name).Int64()
		if err != nil {
			t.Fatal(err)
		}
		if left < 0 {
			return time.Time{}
		}
		return time.Now().Add(time.Duration(left) * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
	if at < 0 {
		return time.Time{}
	}
	return time.UnixMilli(at)
}

// fieldExpiries asks when a hash's fields expire, where the server has that; nil when none does.
func fieldExpiries(t *testing.T, conn *redis.Conn, name string, hash map[string][]byte) (all map[string]time.Time) {
	t.Helper()
	for field := range hash {
		at, err := conn.Do(context.Background(), "HPEXPIRETIME", name, "FIELDS", 1, field).Int64Slice()
		if err != nil && strings.Contains(err.Error(), "unknown command") {
			return nil
		}
		if err != nil || len(at) != 1 {
			t.Fatalf("HPEXPIRETIME %s: %v, %v", name, at, err)
		}
		if at[0] >= 0 {
			if all == nil {
				all = map[string]time.Time{}
			}
			all[field] = time.UnixMilli(at[0])
		}
	}
	return all
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
	st := &Stream{LastID: parseID(t, info["last-generated-id"])}
	for _, e := range info["entries"].([]any) {
		entry := e.([]any)
		st.Entries = append(st.Entries, StreamEntry{ID: parseID(t, entry[0]), Fields: fields(entry[1].([]any))})
	}
	st.EntriesAdded = uint64(len(st.Entries))
	if added, told := info["entries-added"].(int64); told { // since 7.0
		st.EntriesAdded = uint64(added)
		st.MaxDeletedID = parseID(t, info["max-deleted-entry-id"])
		st.FirstID = parseID(t, info["recorded-first-entry-id"])
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
		c := Consumer{
			Name: []byte(consumer["name"].(string)), SeenAt: time.UnixMilli(consumer["seen-time"].(int64)),
			Pending: len(consumer["pending"].([]any)),
		}
		if active, told := consumer["active-time"].(int64); told && active >= 0 { // since 7.2
			c.ActiveAt = time.UnixMilli(active)
		}
		g.Consumers = append(g.Consumers, c)
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
