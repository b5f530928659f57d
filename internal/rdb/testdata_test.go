package rdb

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redbook/internal/redistest"
)

// TestOtherServers reads dumps that newer servers than the installed one wrote, with these commands:
//
//	HSET hash:small a 1 b two; HPEXPIREAT hash:small 4102444800123 FIELDS 1 a
//	HSET hash:large XXX 1 b two c 3 (XXX: x, 100 times)
//	HPEXPIREAT hash:large 4102444800123 FIELDS 1 b; HPEXPIREAT hash:large 4102444800999 FIELDS 1 c
//	SADD set:small a b 3; SET str v PXAT 4102444800000; ZADD z 1.5 a 2 b; RPUSH l a b 3
//	XADD s 1-1 a 1; XADD s 2-1 a 2; XGROUP CREATE s g 0; XREADGROUP GROUP g c COUNT 1 STREAMS s >
//	XGROUP CREATECONSUMER s g idle; VADD vec VALUES 3 1 2 3 elem
//
// Valkey 8.1 has no HPEXPIREAT and no VADD. The dump of a cluster's node has other keys: SET a 1, SET b 2 EX 100000000.
func TestOtherServers(t *testing.T) {
	expiry := func(millis int64) time.Time { return time.UnixMilli(4102444800000 + millis) }
	long := strings.Repeat("x", 100)
	common := map[string]any{
		"hash:small": map[string][]byte{"a": []byte("1"), "b": []byte("two")},
		"hash:large": map[string][]byte{long: []byte("1"), "b": []byte("two"), "c": []byte("3")},
		"set:small":  bytesOf([]string{"a", "b", "3"}),
		"str":        []byte("v"),
		"z":          []Member{{[]byte("a"), 1.5}, {[]byte("b"), 2}},
		"l":          bytesOf([]string{"a", "b", "3"}),
	}
	tests := []struct {
		file, server, version string
		values                map[string]any
		fields                map[string]map[string]time.Time
		modules               []string
	}{
		{"redis-8.0.2.rdb", "Redis", "8.0.2", common, map[string]map[string]time.Time{
			"hash:small": {"a": expiry(123)},
			"hash:large": {"b": expiry(123), "c": expiry(999)},
		}, []string{"vectorset"}},
		{"redis-8.0.2-cluster.rdb", "Redis", "8.0.2", map[string]any{"a": []byte("1"), "b": []byte("2")}, nil, nil},
		{"valkey-8.1.1.rdb", "Valkey", "8.1.1", common, nil, nil},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			dump := readFile(t, filepath.Join("testdata", test.file))
			sum, err := Check(bytes.NewReader(dump))
			if err != nil {
				t.Fatal(err)
			}
			server, version := sum.WrittenBy()
			if server != test.server || version != test.version || sum.Checksum != Good {
				t.Errorf("written by %s %s, checksum %v", server, version, sum.Checksum)
			}
			if diff := cmp.Diff(test.modules, sum.Modules); diff != "" {
				t.Errorf("modules (-want +got):\n%s", diff)
			}
			if readable, known := sum.ReadableBy(version, server == "Valkey"); !readable || !known {
				t.Errorf("ReadableBy its own server: %t, %t", readable, known)
			}
			values, fields := walkValues(t, dump)
			for name, want := range test.values {
				if diff := cmp.Diff(want, values[name]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
			if diff := cmp.Diff(test.fields, fields); diff != "" {
				t.Errorf("field expiries (-want +got):\n%s", diff)
			}
			if s, ok := values["s"].(*Stream); ok {
				if len(s.Entries) != 2 || len(s.Groups) != 1 || len(s.Groups[0].Pending) != 1 ||
					s.Groups[0].Consumers[0].ActiveAt.IsZero() || !s.Groups[0].Consumers[1].ActiveAt.IsZero() {
					t.Errorf("stream %+v", s)
				}
			}
		})
	}
}

func walkValues(t *testing.T, dump []byte) (values map[string]any, fields map[string]map[string]time.Time) {
	t.Helper()
	r, err := NewReader(bytes.NewReader(dump))
	if err != nil {
		t.Fatal(err)
	}
	values = map[string]any{}
	for {
		if _, err := r.Next(); errors.Is(err, io.EOF) {
			return values, fields
		} else if err != nil {
			t.Fatal(err)
		}
		k, err := r.Key()
		if err != nil {
			t.Fatal(err)
		}
		values[string(k.Name)] = k.Value
		if k.FieldExpireAt != nil {
			if fields == nil {
				fields = map[string]map[string]time.Time{}
			}
			fields[string(k.Name)] = k.FieldExpireAt
		}
	}
}

// TestFixturesLoad holds the hand-made dumps that the installed server can read against what it makes of them.
func TestFixturesLoad(t *testing.T) {
	for _, fixture := range fixtures {
		sum, err := Check(bytes.NewReader(fixture.dump))
		if err != nil {
			t.Fatal(err)
		}
		if sum.Version > 10 || sum.Valkey || !fixture.want.ExpireAt.IsZero() {
			continue
		}
		t.Run(fixture.name, func(t *testing.T) {
			t.Parallel()
			s := redistest.New(t)
			if err := os.MkdirAll(s.Data, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(s.Data, "dump.rdb"), fixture.dump, 0o644); err != nil {
				t.Fatal(err)
			}
			s.Start(t)
			client := s.Client(t)
			if n := client.DBSize(context.Background()).Val(); n != 1 {
				t.Fatalf("the server loaded %d keys", n)
			}
			loaded := serverKey(t, inDB(t, client, 0), 0, "k")
			got, want := loaded.Value, fixture.want.Value
			if members, ok := want.([][]byte); ok && fixture.want.Type == "set" {
				want = slices.SortedFunc(slices.Values(members), bytes.Compare)
			}
			if stream, ok := want.(*Stream); ok { // the server fills in what an old stream lacks
				got, want = loaded.Value.(*Stream).Entries, stream.Entries
			}
			if diff := cmp.Diff(want, got, asBytes); diff != "" {
				t.Errorf("(-fixture +server):\n%s", diff)
			}
		})
	}
}
