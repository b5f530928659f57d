package rdb

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFixtures(t *testing.T) {
	for _, test := range fixtures {
		t.Run(test.name, func(t *testing.T) {
			sum, err := Check(bytes.NewReader(test.dump))
			if err != nil {
				t.Fatalf("Check: %v", err)
			}
			got, found, err := Find(bytes.NewReader(test.dump), 0, []byte("k"))
			if err != nil {
				t.Fatalf("Find: %v", err)
			}
			want := test.want
			want.Name = []byte("k")
			if diff := cmp.Diff(&want, got); diff != "" {
				t.Errorf("key (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(sum, found); diff != "" {
				t.Errorf("summaries of Check and Find differ:\n%s", diff)
			}
			if sum.Keys() != 1 || sum.DBs[0].Types[want.Type] != 1 || sum.Size != int64(len(test.dump)) {
				t.Errorf("summary %+v", sum)
			}
			wantSum := Good
			if sum.Version < 5 {
				wantSum = Absent
			}
			if sum.Checksum != wantSum {
				t.Errorf("checksum is %v, want %v", sum.Checksum, wantSum)
			}
			refusesAllCuts(t, test.dump)
			if wantSum == Good {
				refusesAllFlips(t, test.dump)
			}
		})
	}
}

// refusesAllCuts checks that no beginning of a dump passes for a dump.
func refusesAllCuts(t *testing.T, dump []byte) {
	t.Helper()
	for n := range dump {
		_, err := Check(bytes.NewReader(dump[:n]))
		if !errors.Is(err, ErrTruncated) {
			t.Errorf("cut to %d of %d bytes: %v, want ErrTruncated", n, len(dump), err)
		}
		var e *Error
		if errors.As(err, &e) && e.Offset != int64(n) {
			t.Errorf("cut to %d bytes: the error names offset %d", n, e.Offset)
		}
	}
}

// refusesAllFlips checks that a dump with a checksum is refused when any one of its bits is another.
func refusesAllFlips(t *testing.T, dump []byte) {
	t.Helper()
	damaged := bytes.Clone(dump)
	for at := range dump {
		for bit := range 8 {
			damaged[at] ^= 1 << bit
			if _, err := Check(bytes.NewReader(damaged)); err == nil {
				t.Errorf("bit %d of byte %d flipped: no error", bit, at)
			}
			damaged[at] = dump[at]
		}
	}
}

// TestModuleNames also holds the summary to the modules in order, each once.
func TestModuleNames(t *testing.T) {
	d := newDump("REDIS0011")
	for _, name := range []string{"zzzzzzzzz", "MBbloom--", "MBbloom--"} {
		d.key(typeModule2, "k").length(moduleID(name, 1)).length(moduleEOF)
	}
	sum, err := Check(bytes.NewReader(d.end()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"MBbloom--", "zzzzzzzzz"}, sum.Modules); diff != "" {
		t.Error(diff)
	}
}

func TestCheckPreamble(t *testing.T) {
	dump := newDump("REDIS0009").aux("aof-preamble", "1").key(typeString, "k").string("v").end()
	const tail = "*1\r\n$4\r\nPING\r\n"
	sum, rest, err := CheckPreamble(strings.NewReader(string(dump) + tail))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(rest)
	if err != nil || string(got) != tail {
		t.Errorf("the rest is %q, %v; want %q", got, err, tail)
	}
	if !sum.AOFBase || sum.Size != int64(len(dump)) {
		t.Errorf("summary %+v", sum)
	}
}
