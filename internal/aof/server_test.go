package aof

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"redbook/internal/rdb"
	"redbook/internal/redistest"
)

// The tests here hold the package against a real server and redis-check-aof.

func TestServerLayout(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"appendonly.aof", "my own.aof"} {
		for _, preamble := range []string{"yes", "no"} {
			t.Run(name+", preamble "+preamble, func(t *testing.T) {
				t.Parallel()
				s := redistest.New(t, redistest.WithAOF(), redistest.WithConf(
					fmt.Sprintf("appendfilename %q", name), "aof-use-rdb-preamble "+preamble, "aof-timestamp-enabled yes"))
				s.Start(t)
				redistest.Fill(t, s.Client(t))
				s.Do(t, "EVAL", "redis.call('SET', 'a', 1) redis.call('SET', 'b', 2)", 0) // a transaction
				s.Stop(t)
				dir := filepath.Join(s.Data, "appendonlydir")
				m := checkManifest(t, dir, name)
				base, found := m.Base()
				if !found || len(m.Incrs()) != 1 {
					t.Fatalf("manifest:\n%s", m)
				}
				dump, rewritten, err := CheckFile(bytes.NewReader(readFile(t, filepath.Join(dir, base.Name))))
				if err != nil {
					t.Errorf("%s: %v", base.Name, err)
				}
				if (dump != nil) != (preamble == "yes") || dump != nil && !dump.AOFBase {
					t.Errorf("base is the dump %+v, with aof-use-rdb-preamble %s", dump, preamble)
				}
				incr := readFile(t, filepath.Join(dir, m.Incrs()[0].Name))
				stats, err := CheckIncr(bytes.NewReader(incr))
				if err != nil || stats.Bytes != int64(len(incr)) || stats.Commands < 20 {
					t.Errorf("%s: %+v, %v", m.Incrs()[0].Name, stats, err)
				}
				// A timestamp is noted only when the second has changed since the last, be that in the base file.
				if stats.FirstTimestamp.IsZero() && rewritten.FirstTimestamp.IsZero() {
					t.Error("no timestamp in either file")
				}
				checkAOF(t, filepath.Join(dir, ManifestName(name)), true)
			})
		}
	}
}

// checkManifest parses a server's manifest and compares it with how it is written here.
func checkManifest(t *testing.T, dir, appendfilename string) *Manifest {
	t.Helper()
	text := readFile(t, filepath.Join(dir, ManifestName(appendfilename)))
	m, err := ParseManifest(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if m.String() != string(text) {
		t.Errorf("written as %q, the server writes %q", m, text)
	}
	return m
}

// TestCutsAgree cuts a server's incremental file at many places, and compares with where redis-check-aof would cut it.
func TestCutsAgree(t *testing.T) {
	t.Parallel()
	s := redistest.New(t, redistest.WithAOF(), redistest.WithConf("aof-timestamp-enabled yes"))
	s.Start(t)
	for i := range 3 {
		s.Do(t, "SET", "key", i)
		s.Do(t, "EVAL", "redis.call('SET', 'a', 1) redis.call('SET', 'b', 2)", 0)
	}
	s.Stop(t)
	dir := filepath.Join(s.Data, "appendonlydir")
	incr := readFile(t, filepath.Join(dir, checkManifest(t, dir, "appendonly.aof").Incrs()[0].Name))
	cut := filepath.Join(s.Dir, "cut.aof")
	for n := 1; n < len(incr); n += 13 {
		if err := os.WriteFile(cut, incr[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := CheckIncr(bytes.NewReader(incr[:n]))
		whole := int64(n)
		var e *Error
		if errors.As(err, &e) {
			whole = e.Whole
		} else if err != nil {
			t.Fatal(err)
		}
		if line := incr[bytes.LastIndexByte(incr[:n], '\n')+1 : n]; bytes.HasPrefix(line, []byte("#")) {
			// A cut annotation is whole to redis-check-aof and to the server. But what the server appends to it then
			// becomes part of that line, and the next start fails: here it is truncated.
			if want := int64(n - len(line)); whole != want {
				t.Errorf("cut to %d bytes, in an annotation: whole up to %d, want %d", n, whole, want)
			}
			continue
		}
		out := checkAOF(t, cut, err == nil)
		if want := okUpTo(t, out); whole != want {
			t.Errorf("cut to %d bytes: whole up to %d (%v), redis-check-aof says %d\n%s", n, whole, err, want, out)
		}
	}
}

func okUpTo(t *testing.T, out []byte) int64 {
	t.Helper()
	m := regexp.MustCompile(`ok_up_to=(\d+)`).FindSubmatch(out)
	if m == nil {
		t.Fatalf("redis-check-aof says nothing of ok_up_to:\n%s", out)
	}
	n, _ := strconv.ParseInt(string(m[1]), 10, 64)
	return n
}

func checkAOF(t *testing.T, path string, valid bool) []byte {
	t.Helper()
	out, err := exec.Command("redis-check-aof", path).CombinedOutput()
	if (err == nil) != valid {
		t.Errorf("redis-check-aof: %v, want valid: %t\n%s", err, valid, out)
	}
	return out
}

// TestForDumpLoads: a server with appendonly yes serves a dump that was put into the layout of ForDump.
func TestForDumpLoads(t *testing.T) {
	t.Parallel()
	from := redistest.New(t)
	from.Start(t)
	redistest.Fill(t, from.Client(t))
	from.Do(t, "SAVE")
	want := redistest.Digest(t, from.Client(t))
	dump := readFile(t, filepath.Join(from.Data, "dump.rdb"))

	to := redistest.New(t, redistest.WithAOF())
	dir := filepath.Join(to.Data, "appendonlydir")
	m := ForDump("appendonly.aof")
	base, _ := m.Base()
	write(t, filepath.Join(dir, base.Name), dump)
	write(t, filepath.Join(dir, m.Incrs()[0].Name), nil)
	write(t, filepath.Join(dir, ManifestName("appendonly.aof")), []byte(m.String()))
	checkAOF(t, filepath.Join(dir, ManifestName("appendonly.aof")), true)

	to.Start(t)
	if got := redistest.Digest(t, to.Client(t)); got != want {
		t.Errorf("the server holds other data than the dump:\n%s", to.Log(t))
	}
	to.Do(t, "SET", "written", "after")
	to.Stop(t)
	if diff := checkManifest(t, dir, "appendonly.aof").String(); diff != m.String() {
		t.Errorf("the server made another manifest of it:\n%s", diff)
	}
	stats, err := CheckIncr(bytes.NewReader(readFile(t, filepath.Join(dir, m.Incrs()[0].Name))))
	if err != nil || stats.Commands != 2 { // SELECT and SET
		t.Errorf("incremental file: %+v, %v", stats, err)
	}
}

// TestSingleFile: the single file of Redis 4 to 6, a dump and then commands.
func TestSingleFile(t *testing.T) {
	t.Parallel()
	s := redistest.New(t)
	s.Start(t)
	redistest.Fill(t, s.Client(t))
	s.Do(t, "SAVE")
	dump := readFile(t, filepath.Join(s.Data, "dump.rdb"))
	path := filepath.Join(s.Dir, "single.aof")

	file := append(dump, cmdSelect+cmdSet...)
	write(t, path, file)
	sum, stats, err := CheckFile(bytes.NewReader(file))
	if err != nil || sum == nil || sum.Size != int64(len(dump)) || stats.Commands != 2 {
		t.Errorf("CheckFile: %+v, %+v, %v", sum, stats, err)
	}
	checkAOF(t, path, true)

	file = file[:len(file)-3]
	write(t, path, file)
	_, _, err = CheckFile(bytes.NewReader(file))
	var e *Error
	if !errors.As(err, &e) || e.Whole != int64(len(dump)+len(cmdSelect)) {
		t.Errorf("cut: %v, want whole up to %d", err, len(dump)+len(cmdSelect))
	}
	if want := okUpTo(t, checkAOF(t, path, false)); e.Whole != want {
		t.Errorf("cut: whole up to %d, redis-check-aof says %d", e.Whole, want)
	}

	file[len(dump)-1] ^= 1
	if _, _, err := CheckFile(bytes.NewReader(file)); !errors.Is(err, rdb.ErrChecksum) {
		t.Errorf("damaged dump: %v, want ErrChecksum", err)
	}
	if _, stats, err := CheckFile(bytes.NewReader([]byte(cmdSet))); err != nil || stats.Commands != 1 {
		t.Errorf("commands alone: %+v, %v", stats, err)
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	p, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func write(t *testing.T, path string, p []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, p, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestCutAnnotation: why a cut annotation counts as truncated. The server takes the file, appends to the cut line, and
// cannot load what it wrote at its next start.
func TestCutAnnotation(t *testing.T) {
	t.Parallel()
	s := redistest.New(t, redistest.WithAOF())
	s.Start(t)
	s.Stop(t)
	dir := filepath.Join(s.Data, "appendonlydir")
	incr := filepath.Join(dir, checkManifest(t, dir, "appendonly.aof").Incrs()[0].Name)
	write(t, incr, []byte("#TS:17000"))
	if _, err := CheckIncr(bytes.NewReader(readFile(t, incr))); !errors.Is(err, ErrTruncated) {
		t.Errorf("cut annotation: %v, want ErrTruncated", err)
	}
	s.Start(t)
	s.Do(t, "SET", "key", "value")
	s.Stop(t)
	s.StartFails(t)
}
