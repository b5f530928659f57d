package rdb

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A seed is a small dump that one version wrote, beside which stands what that server itself said of each key. TestCorpus
// writes them, where the servers are: go test -tags e2e -run TestCorpus -update
func seedPath(version string) string { return filepath.Join("testdata", "seed-"+version+".rdb") }

func seeds(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob(seedPath("*"))
	if err != nil || len(paths) < 4 {
		t.Fatalf("seeds: %q, %v", paths, err)
	}
	return paths
}

func keysPath(seed string) string { return strings.TrimSuffix(seed, ".rdb") + ".keys" }

// TestSeeds reads dumps of servers that are not installed here, and finds in them what these said of their keys.
func TestSeeds(t *testing.T) {
	for _, path := range seeds(t) {
		dump := readFile(t, path)
		sum, err := Check(bytes.NewReader(dump))
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		server, version := sum.WrittenBy()
		if want := seedPath(strings.ToLower(server) + "-" + version); path != want || sum.Checksum != Good {
			t.Errorf("%s: written by %s %s, checksum %v", path, server, version, sum.Checksum)
		}
		r, err := NewReader(bytes.NewReader(dump))
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for {
			if _, err := r.Next(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			k, err := r.Key()
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			lines = append(lines, keyLine(k))
		}
		if diff := cmp.Diff(string(readFile(t, keysPath(path))), joinLines(lines)); diff != "" {
			t.Errorf("%s (-server +dump):\n%s", path, diff)
		}
	}
}

// keyLine is a key with its database, type, expiry, digest of the value, and the expiries of its fields.
func keyLine(k *Key) string {
	line := fmt.Sprintf("%d %q %s %s %x", k.DB, k.Name, k.Type, millisText(k.ExpireAt), k.Digest())
	for _, field := range slices.Sorted(maps.Keys(k.FieldExpireAt)) {
		line += fmt.Sprintf(" %q=%s", field, millisText(k.FieldExpireAt[field]))
	}
	return line
}

func millisText(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return fmt.Sprint(at.UnixMilli())
}

func joinLines(lines []string) string {
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}
