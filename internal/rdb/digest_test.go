package rdb

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redbook/internal/redistest"
)

func TestDigest(t *testing.T) {
	b := bytesOf
	values := map[string]Key{
		"string":         {Type: "string", Value: []byte("ab")},
		"list":           {Type: "list", Value: b([]string{"a", "b"})},
		"list reversed":  {Type: "list", Value: b([]string{"b", "a"})},
		"list of one":    {Type: "list", Value: b([]string{"ab"})},
		"set":            {Type: "set", Value: b([]string{"a", "b"})},
		"hash":           {Type: "hash", Value: map[string][]byte{"a": []byte("b")}},
		"zset":           {Type: "zset", Value: []Member{{[]byte("a"), 1}}},
		"other score":    {Type: "zset", Value: []Member{{[]byte("a"), 2}}},
		"stream":         {Type: "stream", Value: &Stream{LastID: StreamID{1, 1}}},
		"other last id":  {Type: "stream", Value: &Stream{LastID: StreamID{1, 2}}},
		"stream's group": {Type: "stream", Value: &Stream{LastID: StreamID{1, 1}, Groups: []Group{{Name: []byte("g")}}}},
		"other consumer": {Type: "stream", Value: &Stream{LastID: StreamID{1, 1}, Groups: []Group{
			{Name: []byte("g"), Consumers: []Consumer{{Name: []byte("c")}}}}}},
	}
	seen := map[Digest]string{}
	for name, k := range values {
		d := k.Digest()
		if other, found := seen[d]; found {
			t.Errorf("%s has the digest of %s", name, other)
		}
		seen[d] = name
	}
	reordered := Key{Type: "set", Value: b([]string{"b", "a"}), ExpireAt: time.Unix(1, 0)}
	if seen[reordered.Digest()] != "set" {
		t.Error("the order of a set's members, or an expiry, changes its digest")
	}
}

// TestServerDigests compares what two servers with other encodings write of the same data, byte for byte other dumps.
func TestServerDigests(t *testing.T) {
	var all [2]map[string]Digest
	for i, conf := range [][]string{serverConfigs[0].conf, serverConfigs[1].conf} {
		server := redistest.New(t, redistest.WithConf(conf...))
		server.Start(t)
		redistest.Fill(t, server.Client(t))
		server.Do(t, "XGROUP", "DESTROY", "stream:orders", "workers") // has the time of a delivery
		server.Do(t, "SAVE")
		var libraries []Library
		all[i], libraries = digests(t, readFile(t, server.Data+"/dump.rdb"))
		code := "#!lua name=sample\nredis.register_function('sides', function() return 3 end)"
		if diff := cmp.Diff([]Library{NewLibrary([]byte(code))}, libraries); diff != "" || libraries[0].Name != "sample" {
			t.Errorf("libraries (-want +got):\n%s", diff)
		}
	}
	if !maps.Equal(all[0], all[1]) || len(all[0]) != 22 {
		t.Errorf("the encoding changes digests (-small +large):\n%s", cmp.Diff(all[0], all[1]))
	}
}

func digests(t *testing.T, dump []byte) (map[string]Digest, []Library) {
	t.Helper()
	r, err := NewReader(bytes.NewReader(dump))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]Digest{}
	for {
		if _, err := r.Next(); errors.Is(err, io.EOF) {
			return all, r.Summary().Libraries
		} else if err != nil {
			t.Fatal(err)
		}
		k, err := r.Key()
		if err != nil {
			t.Fatal(err)
		}
		all[string(k.Name)] = k.Digest()
	}
}
