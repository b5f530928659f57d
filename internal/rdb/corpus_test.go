//go:build e2e

package rdb

import (
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"redbook/internal/redistest"
	"redbook/internal/versions"
)

var update = flag.Bool("update", false, "write the seeds anew")

// TestCorpus does with every server that a supported Debian ships what TestServerDumps does with the installed one. With
// -update it writes the seeds, of which TestSeeds is, anew.
func TestCorpus(t *testing.T) {
	for _, v := range versions.All() {
		t.Run(v.String(), func(t *testing.T) {
			for _, test := range serverConfigs {
				t.Run(test.name, func(t *testing.T) {
					w, dump := startVersion(t, v, append(test.conf, enableDebug(v)...)...)
					checkDump(t, w, dump, test.checksum)
				})
			}
			if *update {
				w, dump := startVersion(t, v)
				writeSeed(t, w, dump, seedPath(v.String()))
			}
		})
	}
}

// enableDebug lets DEBUG be used, which 6.0 always does.
func enableDebug(v versions.Version) []string {
	if v.Suite == "bullseye" {
		return nil
	}
	return []string{"enable-debug-command yes"}
}

// startVersion starts a server of a version with nothing in it, until the test ends.
func startVersion(t *testing.T, v versions.Version, conf ...string) (w *writer, dump string) {
	t.Helper()
	s := redistest.New(t, redistest.WithProgram(v.Program(t, "server")), redistest.WithoutSave(), redistest.WithConf(conf...))
	s.Start(t)
	w = newWriter(t, s.Client(t))
	if got := w.product + "-" + w.version; got != v.String() {
		t.Fatalf("the server is %s, not %s", got, v)
	}
	check := v.Program(t, "check-rdb")
	w.checkRDB = func(path string) *exec.Cmd { return exec.Command(check, path) }
	return w, filepath.Join(s.Data, "dump.rdb")
}

// writeSeed fills the server with a little of everything, has it write its dump, and notes what it says of its keys.
func writeSeed(t *testing.T, w *writer, dump, seed string) {
	t.Helper()
	ctx := context.Background()
	conn := w.Conn()
	defer conn.Close()
	do := func(args ...any) {
		t.Helper()
		if err := conn.Do(ctx, args...).Err(); err != nil && !errors.Is(err, redis.Nil) {
			t.Fatalf("%v: %v", args[0], err)
		}
	}
	fillSeed(do, w)
	do("SAVE")
	var lines []string
	for _, db := range []int{0, 7} {
		conn := inDB(t, w.Client, db)
		for _, name := range conn.Keys(ctx, "*").Val() {
			k := serverKey(t, conn, db, name)
			if !k.ExpireAt.IsZero() { // all expire then, and 6.0 does not tell exactly
				k.ExpireAt = nearExpiry(k.ExpireAt, time.UnixMilli(seedExpiry))
			}
			lines = append(lines, keyLine(k))
		}
	}
	for path, content := range map[string][]byte{seed: readFile(t, dump), keysPath(seed): []byte(joinLines(lines))} {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

const seedExpiry = 4102444800123 // in the year 2100

func fillSeed(do func(...any), w *writer) {
	for _, size := range []string{"small", "large"} {
		if size == "large" {
			for _, option := range []string{"hash-max-ziplist-entries", "zset-max-ziplist-entries", "set-max-intset-entries"} {
				do("CONFIG", "SET", option, 0)
			}
			do("CONFIG", "SET", "list-max-ziplist-size", 2)
		}
		do("HSET", "hash:"+size, "a", 1, "b", "two", "", "")
		do("ZADD", "zset:"+size, 1.5, "a", "-inf", "b", 3, "c")
		do("SADD", "integers:"+size, 1, -70000, 1<<40)
		do("SADD", "set:"+size, "a", "b", 3)
		do("RPUSH", "list:"+size, "a", -1, 300, strings.Repeat("x", 100), 1<<40, "")
	}
	for name, value := range map[string]any{
		"string": "v", "string:empty": "", "int8": 12, "int16": -300, "int32": 1 << 20, "int64": 1 << 40,
		"compressed": strings.Repeat("redis", 100), "noise": noise(300), "\x00\xff\r\n": "binary name",
	} {
		do("SET", name, value)
	}
	do("SET", "expiring", "v")
	do("PEXPIREAT", "expiring", seedExpiry)
	do("XADD", "x", "1-0", "a", 1)
	do("XADD", "x", "1-1", "a", 2)
	do("XADD", "x", "2-0", "other", "fields", "n", 3)
	fillStream(do, w.sevenOrLater())
	fillNewer(do, w)
	if w.sevenOrLater() {
		do("FUNCTION", "LOAD", "#!lua name=seed\nredis.register_function('sides', function() return 3 end)")
	}
	do("SELECT", 7)
	do("SET", "same name", "another database")
	do("PEXPIREAT", "same name", seedExpiry)
	do("SELECT", 0)
}
