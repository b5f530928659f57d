package redistest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// Digest returns a digest of all that a server holds: the keys of every database with type, value
// and the time they expire, and its functions. Two servers of one version with the same data have the
// same digest, also across a restart: the members of sets and hashes, which DUMP gives in the order of
// a hash table seeded at start, are sorted. On a server before 7.0, which has no PEXPIRETIME, only whether
// a key expires counts.
func Digest(t testing.TB, client *redis.Client) string {
	t.Helper()
	ctx := context.Background()
	conn := client.Conn() // SELECT must not leak into a connection of the pool
	defer conn.Close()
	sum := sha256.New()
	databases, err := usedDatabases(ctx, conn)
	if err != nil {
		t.Fatalf("digest: %v", err)
	}
	for _, db := range databases {
		if err := conn.Select(ctx, db).Err(); err != nil {
			t.Fatalf("digest: select %d: %v", db, err)
		}
		keys, err := allKeys(ctx, conn)
		if err != nil {
			t.Fatalf("digest: scan database %d: %v", db, err)
		}
		for _, key := range keys {
			line, err := describeKey(ctx, conn, key)
			if err != nil {
				t.Fatalf("digest: key %q in database %d: %v", key, db, err)
			}
			fmt.Fprintf(sum, "%d %s\n", db, line)
		}
	}
	if err := conn.Select(ctx, 0).Err(); err != nil {
		t.Fatalf("digest: select 0: %v", err)
	}
	functions, err := conn.FunctionDump(ctx).Result()
	if err != nil && !strings.Contains(err.Error(), "unknown command") {
		t.Fatalf("digest: functions: %v", err)
	}
	fmt.Fprintf(sum, "functions %q\n", functions)
	return hex.EncodeToString(sum.Sum(nil))
}

// usedDatabases reads the numbers of the databases that hold keys from INFO: "db0:keys=…" lines.
func usedDatabases(ctx context.Context, conn *redis.Conn) ([]int, error) {
	info, err := conn.Info(ctx, "keyspace").Result()
	if err != nil {
		return nil, err
	}
	var dbs []int
	for line := range strings.Lines(info) {
		name, _, found := strings.Cut(line, ":")
		if n, err := strconv.Atoi(strings.TrimPrefix(name, "db")); found && err == nil {
			dbs = append(dbs, n)
		}
	}
	sort.Ints(dbs)
	return dbs, nil
}

func allKeys(ctx context.Context, conn *redis.Conn) ([]string, error) {
	seen := map[string]bool{}
	for cursor := uint64(0); ; {
		page, next, err := conn.Scan(ctx, cursor, "", 1000).Result()
		if err != nil {
			return nil, err
		}
		for _, key := range page {
			seen[key] = true
		}
		if cursor = next; cursor == 0 {
			break
		}
	}
	keys := make([]string, 0, len(seen))
	for key := range seen {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys, nil
}

func describeKey(ctx context.Context, conn *redis.Conn, key string) (string, error) {
	kind, err := conn.Type(ctx, key).Result()
	if err != nil {
		return "", err
	}
	value, err := valueOf(ctx, conn, kind, key)
	if err != nil {
		return "", err
	}
	expires, err := expiryOf(ctx, conn, key)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%q %s %s %q", key, kind, expires, value), nil
}

func valueOf(ctx context.Context, conn *redis.Conn, kind, key string) (any, error) {
	switch kind {
	case "set":
		members, err := conn.SMembers(ctx, key).Result()
		sort.Strings(members)
		return members, err
	case "hash":
		fields, err := conn.HGetAll(ctx, key).Result()
		lines := make([]string, 0, len(fields))
		for field, value := range fields {
			lines = append(lines, fmt.Sprintf("%q %q", field, value))
		}
		sort.Strings(lines)
		return lines, err
	case "list":
		return conn.LRange(ctx, key, 0, -1).Result()
	case "zset":
		members, err := conn.Do(ctx, "ZRANGE", key, 0, -1, "WITHSCORES").StringSlice()
		return members, err
	case "stream":
		return describeStream(ctx, conn, key)
	default: // a string, a module's type
		dump, err := conn.Dump(ctx, key).Result()
		return fmt.Sprintf("%x", sha256.Sum256([]byte(dump))), err // quoted, it takes long where it is large
	}
}

// expiryOf returns the time a key expires in milliseconds since 1970, or -1.
func expiryOf(ctx context.Context, conn *redis.Conn, key string) (string, error) {
	at, err := conn.Do(ctx, "PEXPIRETIME", key).Int64()
	if err == nil {
		return strconv.FormatInt(at, 10), nil
	}
	var reply redis.Error
	if !errors.As(err, &reply) || !strings.Contains(err.Error(), "unknown command") {
		return "", err
	}
	left, err := conn.PTTL(ctx, key).Result()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("expires=%t", left >= 0), nil
}
