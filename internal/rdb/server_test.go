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
		"hash-max-ziplist-entries 0", "zset-max-ziplist-entries 0", "set-max-intset-entries 0",
		"list-max-ziplist-size 2", "stream-node-max-entries 3"}, Good},
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
			checkDump(t, newWriter(t, server.Client(t)), filepath.Join(server.Data, "dump.rdb"), test.checksum)
		})
	}
}

// A writer is a server that is given keys and writes dumps of them.
type writer struct {
	*redis.Client
	product, version string // redis, valkey
	checkRDB         func(path string) *exec.Cmd
}

func newWriter(t *testing.T, c *redis.Client) *writer {
	t.Helper()
	w := &writer{Client: c, product: "redis", checkRDB: func(path string) *exec.Cmd { return exec.Command("redis-check-rdb", path) }}
	info := c.InfoMap(context.Background(), "server")
	w.version = info.Item("Server", "redis_version")
	if v := info.Item("Server", "valkey_version"); v != "" {
		w.product, w.version = "valkey", v
	}
	if w.version == "" {
		t.Fatal("the server does not say its version")
	}
	return w
}

// has says whether the server knows a command, such as "XGROUP|CREATECONSUMER".
func (w *writer) has(command string) bool {
	reply, err := w.Do(context.Background(), "COMMAND", "INFO", command).Slice()
	return err == nil && len(reply) == 1 && reply[0] != nil
}

// sevenOrLater tells 6.0 apart, which lacks much that the others have.
func (w *writer) sevenOrLater() bool { return w.has("PEXPIRETIME") }

// checkDump fills the server, has it write its dump to path, and holds all that the package says of the dump against
// the server and its own checker of dumps.
func checkDump(t *testing.T, w *writer, path string, want Checksum) {
	t.Helper()
	fill(t, w)
	if err := w.Do(context.Background(), "SAVE").Err(); err != nil {
		t.Fatal(err)
	}
	dump := readFile(t, path)
	sum, err := Check(bytes.NewReader(dump))
	if err != nil {
		t.Fatalf("Check: %v", err)
	}
	if sum.Checksum != want {
		t.Errorf("checksum is %v, want %v", sum.Checksum, want)
	}
	checkSummary(t, w, path, sum)
	checkKeys(t, w, dump)
}

// fill writes keys whose parts take every encoding that the server has for them.
func fill(t *testing.T, w *writer) {
	t.Helper()
	redistest.Fill(t, w.Client)
	ctx := context.Background()
	conn := w.Conn()
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
		name := fmt.Sprintf("expiring:%d", i)
		do("SET", name, i)
		do("PEXPIREAT", name, 4102444800123+i)
	}
	do("SET", strings.Repeat("long name ", 5000), "v")
	do("SET", "", "the empty name")
	do("SADD", "integers:16", -3, 2, 1)
	do("SADD", "integers:32", -70000, 2, 1)
	do("SADD", "integers:64", 1<<40, -1<<63, 1)
	if w.sevenOrLater() {
		do("DEBUG", "QUICKLIST-PACKED-THRESHOLD", 100)
	}
	do("RPUSH", "l:plain", "small", strings.Repeat("x", 200), "small again", strings.Repeat("xy", 5000))
	do("SET", "value:empty", "")
	do("RPUSH", "l:empty", "", "")
	do("SET", "huge", noise(4<<20))
	fillStream(do, w.sevenOrLater())
	fillNewer(do, w)
	for db := range 3 {
		do("SELECT", 5*db+1)
		do("SET", "same name", db)
	}
}

// fillNewer writes what only some versions have: hashes whose fields expire, and sets of vectors.
func fillNewer(do func(...any), w *writer) {
	if w.has("HPEXPIREAT") {
		do("HSET", "h:fields", "a", 1, "b", "two", "c", 3)
		do("HPEXPIREAT", "h:fields", 4102444800123, "FIELDS", 1, "a")
		do("HSET", "h:fields:large", strings.Repeat("x", 100), 1, "b", "two", "c", 3)
		do("HPEXPIREAT", "h:fields:large", 4102444800123, "FIELDS", 1, "b")
		do("HPEXPIREAT", "h:fields:large", 4102444800999, "FIELDS", 1, "c")
	}
	if w.has("VADD") {
		do("VADD", "vectors", "VALUES", 3, 1, 2, 3, "element")
	}
}

func fillStream(do func(...any), idleConsumers bool) {
	do("XDEL", "x", "1-1")
	do("XADD", "empty", "7-7", "gone", "soon")
	do("XDEL", "empty", "7-7")
	do("XGROUP", "CREATE", "x", "readers", "0")
	do("XGROUP", "CREATE", "x", "none", "$")
	if idleConsumers {
		do("XGROUP", "CREATECONSUMER", "x", "readers", "idle")
	}
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

// checkSummary compares counts with the server's and with those of its checker of dumps.
func checkSummary(t *testing.T, w *writer, path string, sum *Summary) {
	t.Helper()
	out, err := w.checkRDB(path).CombinedOutput()
	if err != nil {
		t.Fatalf("check-rdb: %v\n%s", err, out)
	}
	var expires uint64
	for _, db := range sum.DBs {
		expires += db.Expires
		checkCounts(t, w.Client, db)
	}
	if want := checkRDBNumber(t, out, "keys read"); sum.Keys() != want {
		t.Errorf("%d keys, check-rdb counts %d", sum.Keys(), want)
	}
	if want := checkRDBNumber(t, out, "expires"); expires != want {
		t.Errorf("%d expires, check-rdb counts %d", expires, want)
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
	if server, v := sum.WrittenBy(); strings.ToLower(server) != w.product || v != w.version {
		t.Errorf("written by %s %s, want %s %s", server, v, w.product, w.version)
	}
	functions := 0
	if w.sevenOrLater() {
		functions = 1
	}
	if sum.UsedMemory == 0 || sum.Functions != functions || sum.AOFBase || sum.MaxDB() != 11 {
		t.Errorf("summary %+v of a server of version %s", sum, w.version)
	}
	if readable, known := sum.ReadableBy(w.version, w.product == "valkey"); !readable || !known {
		t.Errorf("ReadableBy its own server: %t, %t", readable, known)
	}
}

func checkRDBNumber(t *testing.T, out []byte, what string) uint64 {
	t.Helper()
	m := regexp.MustCompile(`\[info\] (\d+) ` + what).FindSubmatch(out)
	if m == nil {
		t.Fatalf("check-rdb says nothing of %s:\n%s", what, out)
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
func checkKeys(t *testing.T, w *writer, dump []byte) {
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
			conns[key.DB] = inDB(t, w.Client, key.DB)
		}
		want := serverKey(t, conns[key.DB], key.DB, string(key.Name))
		if !w.sevenOrLater() {
			want.ExpireAt = nearExpiry(want.ExpireAt, key.ExpireAt)
		}
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

// nearExpiry is got where a server that is inexact means it by want.
func nearExpiry(want, got time.Time) time.Time {
	if want.IsZero() != got.IsZero() || want.Sub(got).Abs() > time.Minute {
		return want
	}
	return got
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
