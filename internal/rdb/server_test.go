package rdb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"redbook/internal/redistest"
)

// The tests here hold the package against dumps that a real server writes, and against what it says of its keys.

var serverConfigs = []struct {
	name     string
	conf     []string
	checksum Checksum
}{
	{"default", nil, Good},
	{"large encodings", []string{
		"hash-max-listpack-entries 0", "zset-max-listpack-entries 0", "set-max-intset-entries 0",
		"list-max-listpack-size 2", "stream-node-max-entries 3"}, Good},
	{"uncompressed, unchecked", []string{"rdbcompression no", "rdbchecksum no"}, Unchecked},
	{"idle times", []string{"maxmemory 1gb", "maxmemory-policy allkeys-lru"}, Good},
	{"frequencies", []string{"maxmemory 1gb", "maxmemory-policy allkeys-lfu"}, Good},
}

func TestServerDumps(t *testing.T) {
	for _, test := range serverConfigs {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := redistest.New(t, redistest.WithConf(append(test.conf, "enable-debug-command yes")...))
			server.Start(t)
			client := server.Client(t)
			fill(t, client)
			server.Do(t, "SAVE")
			path := filepath.Join(server.Data, "dump.rdb")
			dump := readFile(t, path)

			sum, err := Check(bytes.NewReader(dump))
			if err != nil {
				t.Fatalf("Check: %v", err)
			}
			if sum.Checksum != test.checksum {
				t.Errorf("checksum is %v, want %v", sum.Checksum, test.checksum)
			}
			checkSummary(t, client, path, sum)
			checkKeys(t, client, dump)
		})
	}
}

// fill writes keys whose parts take every encoding that the server has for them.
func fill(t *testing.T, client *redis.Client) {
	t.Helper()
	redistest.Fill(t, client)
	ctx := context.Background()
	conn := client.Conn()
	defer conn.Close()
	do := func(args ...any) {
		t.Helper()
		if err := conn.Do(ctx, args...).Err(); err != nil && !errors.Is(err, redis.Nil) {
			t.Fatalf("%v: %v", args[0], err)
		}
	}
	for i, s := range samples() {
		do("SET", fmt.Sprintf("s:%d", i), s)
		do("RPUSH", "l", s)
		do("SADD", "s", s)
		do("HSET", "h", s, i, fmt.Sprint("f", i), s)
		do("ZADD", "z", float64(i)*1.1, s)
		do("XADD", "x", fmt.Sprintf("%d-%d", 1+i/3, 2*i), "value", s, "n", i)
		do("XADD", "x", fmt.Sprintf("%d-%d", 1+i/3, 2*i+1), "other", s)
	}
	do("ZADD", "z", "inf", "most", "-inf", "least", 1e300, "large", -3, "integer", 1<<40, "larger integer")
	for i := range 70 {
		do("SET", fmt.Sprintf("expiring:%d", i), i, "PXAT", 4102444800123+i)
	}
	do("SET", strings.Repeat("long name ", 5000), "v")
	do("SET", "", "the empty name")
	do("SADD", "integers:16", -3, 2, 1)
	do("SADD", "integers:32", -70000, 2, 1)
	do("SADD", "integers:64", 1<<40, -1<<63, 1)
	do("DEBUG", "QUICKLIST-PACKED-THRESHOLD", 100)
	do("RPUSH", "l:plain", "small", strings.Repeat("x", 200), "small again", strings.Repeat("xy", 5000))
	fillStream(do)
	for db := range 3 {
		do("SELECT", 5*db+1)
		do("SET", "same name", db)
	}
}

func fillStream(do func(...any)) {
	do("XDEL", "x", "1-1")
	do("XADD", "empty", "7-7", "gone", "soon")
	do("XDEL", "empty", "7-7")
	do("XGROUP", "CREATE", "x", "readers", "0")
	do("XGROUP", "CREATE", "x", "none", "$")
	do("XGROUP", "CREATECONSUMER", "x", "readers", "idle")
	do("XREADGROUP", "GROUP", "readers", "ann", "COUNT", 3, "STREAMS", "x", ">")
	do("XREADGROUP", "GROUP", "readers", "bob", "COUNT", 2, "STREAMS", "x", ">")
	do("XACK", "x", "readers", "1-0")
}

func samples() []string {
	var all []string
	for _, n := range []int64{0, 1, 12, 13, 127, 128, -1, -128, -129, 4095, 4096, -4096, -4097, 32767, 32768, -32769,
		1<<23 - 1, 1 << 23, -1<<23 - 1, 1<<31 - 1, 1 << 31, -1<<31 - 1, 1<<63 - 1, -1 << 63} {
		all = append(all, strconv.FormatInt(n, 10))
	}
	for _, n := range []int{5, 63, 64, 65, 4095, 4096, 16383, 16384, 70000} {
		all = append(all, strings.Repeat("compressible ", n/13+1)[:n], noise(n))
	}
	return append(all, "007", "+5", "1.5", "\x00\xff\r\n")
}

// noise makes bytes that do not compress.
func noise(n int) string {
	b := make([]byte, n)
	x := uint64(n)
	for i := range b {
		x = x*6364136223846793005 + 1442695040888963407
		b[i] = byte(x >> 56)
	}
	return string(b)
}

// checkSummary compares counts with the server's and with redis-check-rdb's.
func checkSummary(t *testing.T, client *redis.Client, path string, sum *Summary) {
	t.Helper()
	out, err := exec.Command("redis-check-rdb", path).CombinedOutput()
	if err != nil {
		t.Fatalf("redis-check-rdb: %v\n%s", err, out)
	}
	var expires uint64
	for _, db := range sum.DBs {
		expires += db.Expires
		checkCounts(t, client, db)
	}
	if want := checkRDBNumber(t, out, "keys read"); sum.Keys() != want {
		t.Errorf("%d keys, redis-check-rdb counts %d", sum.Keys(), want)
	}
	if want := checkRDBNumber(t, out, "expires"); expires != want {
		t.Errorf("%d expires, redis-check-rdb counts %d", expires, want)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if sum.Size != info.Size() {
		t.Errorf("size %d, want %d", sum.Size, info.Size())
	}
	if age := time.Since(sum.Created); age < -time.Minute || age > time.Hour {
		t.Errorf("created %v", sum.Created)
	}
	version := client.InfoMap(context.Background(), "server").Item("Server", "redis_version")
	if server, v := sum.WrittenBy(); server != "Redis" || v != version {
		t.Errorf("written by %s %s, want Redis %s", server, v, version)
	}
	if sum.UsedMemory == 0 || sum.Functions != 1 || sum.AOFBase || sum.MaxDB() != 11 {
		t.Errorf("summary %+v of a server of version %s", sum, version)
	}
	if readable, known := sum.ReadableBy(version, false); !readable || !known {
		t.Errorf("ReadableBy its own server: %t, %t", readable, known)
	}
}

func checkRDBNumber(t *testing.T, out []byte, what string) uint64 {
	t.Helper()
	m := regexp.MustCompile(`\[info\] (\d+) ` + what).FindSubmatch(out)
	if m == nil {
		t.Fatalf("redis-check-rdb says nothing of %s:\n%s", what, out)
	}
	n, _ := strconv.ParseUint(string(m[1]), 10, 64)
	return n
}

func checkCounts(t *testing.T, client *redis.Client, db DB) {
	t.Helper()
	conn := inDB(t, client, db.Index)
	ctx := context.Background()
	keys := conn.Keys(ctx, "*").Val()
	types := map[string]uint64{}
	for _, key := range keys {
		types[conn.Type(ctx, key).Val()]++
	}
	if n := uint64(conn.DBSize(ctx).Val()); db.Keys != n {
		t.Errorf("db %d: %d keys, DBSIZE says %d", db.Index, db.Keys, n)
	}
	if diff := cmp.Diff(types, db.Types); diff != "" {
		t.Errorf("db %d: types (-server +dump):\n%s", db.Index, diff)
	}
}

func inDB(t *testing.T, client *redis.Client, db int) *redis.Conn {
	t.Helper()
	conn := client.Conn()
	t.Cleanup(func() { conn.Close() })
	if err := conn.Select(context.Background(), db).Err(); err != nil {
		t.Fatal(err)
	}
	return conn
}

// checkKeys compares every key of the dump with the server's, once by walking and for some by Find.
func checkKeys(t *testing.T, client *redis.Client, dump []byte) {
	t.Helper()
	r, err := NewReader(bytes.NewReader(dump))
	if err != nil {
		t.Fatal(err)
	}
	var total int64
	conns := map[int]*redis.Conn{}
	for n := 0; ; n++ {
		if _, err := r.Next(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		key, err := r.Key()
		if err != nil {
			t.Fatal(err)
		}
		total += r.Size()
		if conns[key.DB] == nil {
			conns[key.DB] = inDB(t, client, key.DB)
		}
		want := serverKey(t, conns[key.DB], key.DB, string(key.Name))
		if diff := cmp.Diff(want, normal(key), asBytes); diff != "" {
			t.Errorf("db %d, key %.80q (-server +dump):\n%.2000s", key.DB, key.Name, diff)
		}
		if n%13 == 0 {
			found, _, err := Find(bytes.NewReader(dump), key.DB, key.Name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(key, normal(found), asBytes); diff != "" {
				t.Errorf("Find differs from walking:\n%s", diff)
			}
		}
	}
	if size := int64(len(dump)); total > size || total < size-2000 {
		t.Errorf("keys take %d of %d bytes", total, size)
	}
}

var asBytes = cmp.Comparer(bytes.Equal)

// normal puts into order what has none.
func normal(k *Key) *Key {
	if k.Type == "set" {
		slices.SortFunc(k.Value.([][]byte), bytes.Compare)
	}
	return k
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	p, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
