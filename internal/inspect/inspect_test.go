package inspect_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"redbook/internal/inspect"
	"redbook/internal/rdb"
	"redbook/internal/redistest"
)

// newServer has the sample data, saved.
func newServer(t *testing.T, options ...redistest.Option) (s *redistest.Server, dump string) {
	t.Helper()
	s = redistest.New(t, options...)
	s.Start(t)
	redistest.Fill(t, s.Client(t))
	s.Do(t, "SAVE")
	return s, filepath.Join(s.Data, "dump.rdb")
}

func open(t *testing.T, path string) *inspect.Backup {
	t.Helper()
	b, err := inspect.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func report(t *testing.T, path string) *inspect.Report {
	t.Helper()
	r, err := inspect.Inspect(open(t, path), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func write(t *testing.T, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestInspect(t *testing.T) {
	s, dump := newServer(t)
	s.Do(t, "SET", "soon", "gone", "PXAT", time.Now().Add(time.Hour).UnixMilli())
	s.Do(t, "SAVE")
	r := report(t, dump)
	d := r.Dump
	if r.Kind != "dump" || r.Size != int64(len(read(t, dump))) || d.Keys != 23 || d.Checksum != "good" || r.Commands != nil {
		t.Errorf("report %+v of %+v", r, d)
	}
	if d.Server != "Redis" || d.Created == nil || d.UsedMemory == 0 || !slices.Equal(d.Libraries, []string{"sample"}) {
		t.Errorf("origin %+v", d)
	}
	if e := d.Expiries; e.Keys != 2 || e.Passed != 0 || e.First.After(time.Now().Add(time.Hour)) || e.Last.Year() != 2100 {
		t.Errorf("expiries %+v", e)
	}
	if len(d.Largest) != 10 || d.Largest[0].Name != "set:large" && d.Largest[0].Name != "zset:large" && d.Largest[0].Name != "hash:large" ||
		!slices.IsSortedFunc(d.Largest, func(a, b inspect.Key) int { return int(b.Size - a.Size) }) {
		t.Errorf("largest %+v", d.Largest)
	}
	var keys uint64
	for _, p := range d.Prefixes {
		keys += p.Keys
	}
	if i := slices.IndexFunc(d.Prefixes, func(p inspect.Tally) bool { return p.Name == "shapes:" }); keys != 23 || d.Prefixes[i].Keys != 2 {
		t.Errorf("prefixes %+v", d.Prefixes)
	}
	if later, err := inspect.Inspect(open(t, dump), time.Now().AddDate(200, 0, 0)); err != nil || later.Dump.Expiries.Passed != 2 {
		t.Errorf("in 200 years: %+v, %v", later, err)
	}
}

func TestCompressed(t *testing.T) {
	_, dump := newServer(t)
	for name, pack := range map[string]func(io.Writer) io.WriteCloser{
		"gzip": func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"zstd": func(w io.Writer) io.WriteCloser {
			z, err := zstd.NewWriter(w)
			if err != nil {
				t.Fatal(err)
			}
			return z
		},
	} {
		var packed bytes.Buffer
		z := pack(&packed)
		z.Write(read(t, dump))
		z.Close()
		r := report(t, write(t, packed.Bytes()))
		if want := report(t, dump); r.Compression != name || r.Size != want.Size || r.Dump.Keys != want.Dump.Keys {
			t.Errorf("report %+v, want %+v", r, want)
		}
		stdin, _ := inspect.Open(inspect.Stdin, bytes.NewReader(packed.Bytes()))
		if r, err := inspect.Inspect(stdin, time.Now()); err != nil || r.Dump.Keys != 22 {
			t.Errorf("%s from stdin: %+v, %v", name, r, err)
		}
		for _, cut := range []int{5, packed.Len() / 2, packed.Len() - 1} {
			if _, err := inspect.Inspect(open(t, write(t, packed.Bytes()[:cut])), time.Now()); !inspect.Damage(err) {
				t.Errorf("%s, cut to %d bytes: %v", name, cut, err)
			}
		}
		spoilt := bytes.Clone(packed.Bytes())
		spoilt[len(spoilt)/2] ^= 0xff
		if _, err := inspect.Inspect(open(t, write(t, spoilt)), time.Now()); !inspect.Damage(err) {
			t.Errorf("%s, spoilt: %v", name, err)
		}
		broken, _ := inspect.Open(inspect.Stdin, io.MultiReader(bytes.NewReader(packed.Bytes()[:20]), iotest.ErrReader(syscall.EIO)))
		if _, err := inspect.Inspect(broken, time.Now()); !errors.Is(err, syscall.EIO) || inspect.Damage(err) {
			t.Errorf("%s of a disk that fails: %v", name, err)
		}
	}
}

// TestZstd reads what the program zstd wrote (-19 --long=27 --check), and behind a frame that is to be skipped; what wants
// a gigabyte of memory is refused.
func TestZstd(t *testing.T) {
	packed, want := read(t, "testdata/seed.rdb.zst"), report(t, "../rdb/testdata/seed-redis-7.0.15.rdb")
	for _, before := range []string{"", "\x5a\x2a\x4d\x18\x03\x00\x00\x00abc"} {
		if r := report(t, write(t, append([]byte(before), packed...))); r.Dump.Keys != want.Dump.Keys || r.Compression != "zstd" {
			t.Errorf("report %+v, want %+v", r, want)
		}
	}
	huge := []byte("\x28\xb5\x2f\xfd\x00\xa0\x01\x00\x00") // a window of 2^30
	if _, err := inspect.Inspect(open(t, write(t, huge)), time.Now()); err == nil || inspect.Damage(err) || !strings.Contains(err.Error(), "unpack it first") {
		t.Errorf("a huge window: %v", err)
	}
}

func TestAppendOnly(t *testing.T) {
	s, _ := newServer(t, redistest.WithAOF())
	s.Do(t, "BGREWRITEAOF")
	info := func() string { return fmt.Sprint(s.Do(t, "INFO", "persistence")) }
	for deadline := time.Now().Add(time.Minute); !strings.Contains(info(), "aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0"); {
		if time.Now().After(deadline) {
			t.Fatal("no rewrite")
		}
	}
	s.Do(t, "SET", "later", "yes")
	s.Stop(t)
	dir := filepath.Join(s.Data, "appendonlydir")
	r := report(t, dir)
	if r.Kind != "aof directory" || r.Dump.Keys != 22 || !r.Dump.AOFBase || len(r.Parts) != 2 || r.Commands.Count != 2 {
		t.Errorf("report %+v, commands %+v", r, r.Commands)
	}
	later, err := inspect.Keys(open(t, dir), "shapes:*", func(k inspect.Key) error { return nil })
	if err != nil || later.Commands != 2 {
		t.Errorf("keys: %+v, %v", later, err)
	}
	for _, p := range r.Parts {
		one := report(t, filepath.Join(dir, p.Name))
		if one.Dump == nil && one.Kind != "aof" || one.Dump != nil && one.Kind != "dump" {
			t.Errorf("%s by itself: %+v", p.Name, one)
		}
	}
	incr := filepath.Join(dir, r.Parts[1].Name)
	if _, err := inspect.Keys(open(t, incr), "*", func(inspect.Key) error { return nil }); err == nil || !strings.Contains(err.Error(), "no dump") {
		t.Errorf("keys of commands: %v", err)
	}
	if err := os.Remove(incr); err != nil {
		t.Fatal(err)
	}
	if _, err := inspect.Open(dir, nil); !inspect.Damage(err) {
		t.Errorf("without a file that the manifest names: %v", err)
	}
	if _, err := inspect.Open(s.Dir, nil); err == nil || !strings.Contains(err.Error(), "no AOF manifest") {
		t.Errorf("a directory without a manifest: %v", err)
	}
}

func TestFindAndKeys(t *testing.T) {
	_, dump := newServer(t)
	var names []string
	_, err := inspect.Keys(open(t, dump), "other:*", func(k inspect.Key) error {
		names = append(names, fmt.Sprint(k.DB, k.Name, k.Type))
		return nil
	})
	slices.Sort(names)
	if diff := cmp.Diff([]string{"3other:databasestring", "3other:listlist"}, names); diff != "" || err != nil {
		t.Errorf("keys (-want +got):\n%s%v", diff, err)
	}
	for db, want := range map[int]bool{3: true, 0: false} {
		if k, _, err := inspect.Find(open(t, dump), db, "other:database"); err != nil || (k != nil) != want {
			t.Errorf("db %d: %v, %v", db, k, err)
		}
	}
}

func TestDiff(t *testing.T) {
	s, path := newServer(t)
	older, newer := write(t, read(t, path)), path
	for _, command := range [][]any{
		{"SET", "new", 1}, {"DEL", "shapes:squares"}, {"SET", "shapes:triangles", "three"}, {"PERSIST", "string:expiring"},
		{"DEL", "bitmap"}, {"LPUSH", "bitmap", 1}, {"SADD", "set:small", "d"}, {"SREM", "set:small", "d"},
		{"HSET", "hash:small", "long", strings.Repeat("x", 100)}, {"HDEL", "hash:small", "long"}, // now in another encoding
	} {
		s.Do(t, command...)
	}
	s.Do(t, "SAVE")
	want := []string{
		"added new", "changed bitmap type", "changed shapes:triangles value", "changed string:expiring expiry", "removed shapes:squares",
	}
	same := uint64(18)
	for name, pair := range map[string][2]*inspect.Backup{
		"files":          {open(t, older), open(t, newer)},
		"older in stdin": {stdin(t, older), open(t, newer)},
		"newer in stdin": {open(t, older), stdin(t, newer)},
	} {
		var got []string
		sum, err := inspect.Diff(pair[0], pair[1], func(d inspect.Difference) error {
			got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s", d.Change, d.Name, strings.Join(d.What, " "))))
			return nil
		})
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s (-want +got):\n%s%v", name, diff, err)
		}
		if diff := cmp.Diff(inspect.Comparison{Same: same, Added: 1, Removed: 1, Changed: 3}, sum); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if _, err := inspect.Diff(stdin(t, older), stdin(t, newer), nil); !errors.Is(err, inspect.ErrOnce) {
		t.Errorf("both in stdin: %v", err)
	}
}

func stdin(t *testing.T, path string) *inspect.Backup {
	t.Helper()
	b, err := inspect.Open(inspect.Stdin, bytes.NewReader(read(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestDamage: whatever single bit is flipped and wherever the file is cut, nothing is said of what is in it.
func TestDamage(t *testing.T) {
	dump := read(t, filepath.Join("..", "rdb", "testdata", "redis-8.0.2.rdb"))
	rng := rand.New(rand.NewPCG(20, 26))
	inspected := func(content []byte) error {
		b, err := inspect.Open(inspect.Stdin, bytes.NewReader(content))
		if err == nil {
			_, err = inspect.Inspect(b, time.Now())
		}
		return err
	}
	for range 500 {
		damaged := bytes.Clone(dump)
		at := rng.IntN(len(dump))
		damaged[at] ^= 1 << rng.IntN(8)
		var bad *rdb.Error
		if err := inspected(damaged); !inspect.Damage(err) {
			t.Errorf("byte %d damaged: %v", at, err)
		}
		if err := inspected(dump[:at]); !errors.As(err, &bad) || !errors.Is(err, rdb.ErrTruncated) {
			t.Errorf("cut to %d bytes: %v", at, err)
		}
	}
	if err := inspected(append(bytes.Clone(dump), "junk"...)); !inspect.Damage(err) || !strings.Contains(err.Error(), "trailing") {
		t.Errorf("with bytes after its end: %v", err)
	}
}
