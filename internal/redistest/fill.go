package redistest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// expiry is far enough away that no key of Fill expires during a test: 2100-01-01, in seconds since 1970.
const expiry = 4102444800

// Fill writes sample data of every type, in the encodings for few and for many elements, to
// databases 0 and 3, and a function where the server has them. shapes:triangles is "3 sides",
// shapes:squares is "4 sides". It writes the same each time.
func Fill(t testing.TB, client *redis.Client) {
	t.Helper()
	ctx := context.Background()
	conn := client.Conn()
	defer conn.Close()
	do := func(args ...any) {
		t.Helper()
		if err := conn.Do(ctx, args...).Err(); err != nil && !errors.Is(err, redis.Nil) {
			t.Fatalf("fill: %v: %v", args[0], err)
		}
	}
	for _, command := range samples() {
		do(command...)
	}
	do("SELECT", 3)
	do("SET", "other:database", "three")
	do("RPUSH", "other:list", "a", "b", "c")
	do("SELECT", 0)
	library := "#!lua name=sample\nredis.register_function('sides', function() return 3 end)"
	err := conn.FunctionLoadReplace(ctx, library).Err()
	if err != nil && !strings.Contains(err.Error(), "unknown command") {
		t.Fatalf("fill: load a function: %v", err)
	}
}

func samples() [][]any {
	commands := [][]any{
		{"DEL", "list:large", "list:small", "stream:orders"}, // the commands that add to what is there
		{"SET", "shapes:triangles", "3 sides"},
		{"SET", "shapes:squares", "4 sides"},
		{"SET", "string:integer", 12345},
		{"SET", "string:binary", "\x00\xff\r\n\"quoted\""},
		{"SET", "string:compressible", strings.Repeat("redis", 2000)},
		{"SET", "key with spaces, ünïcode\nand a newline", "yes"},
		{"SET", "string:expiring", "later"},
		{"EXPIREAT", "string:expiring", expiry},
		{"SETBIT", "bitmap", 1000, 1},
		{"PFADD", "hyperloglog", "a", "b", "c"},
		{"RPUSH", "list:small", "a", "b", 3},
		{"SADD", "set:integers", 1, 2, 3},
		{"SADD", "set:small", "a", "b", "c"},
		{"HSET", "hash:small", "sides", 3, "name", "triangle"},
		{"ZADD", "zset:small", 1, "one", 2.5, "two and a half", "-inf", "least"},
		{"GEOADD", "geo", 13.361389, 38.115556, "Palermo"},
		{"XADD", "stream:orders", "1-1", "item", "triangle"},
		{"XADD", "stream:orders", "2-1", "item", "square", "count", 4},
		{"XGROUP", "CREATE", "stream:orders", "workers", 0},
		{"XREADGROUP", "GROUP", "workers", "first", "COUNT", 1, "STREAMS", "stream:orders", ">"},
	}
	list, set, hash, zset := []any{"RPUSH", "list:large"}, []any{"SADD", "set:large"}, []any{"HSET", "hash:large"}, []any{"ZADD", "zset:large"}
	for i := range 600 {
		member := fmt.Sprintf("member:%04d", i)
		list = append(list, member)
		set = append(set, member)
		hash = append(hash, member, i)
		zset = append(zset, i, member)
	}
	return append(commands, list, set, hash, zset)
}
