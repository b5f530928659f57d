package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var testTime = time.Date(2026, 5, 4, 3, 2, 1, 500, time.UTC)

// sample is one record of every type that has a field of its own.
func sample() []Record {
	records := []Record{
		{Type: Begin, Body: json.RawMessage(`{"plan":"p"}`), Actor: &Actor{User: "root", Sudo: "sammy", Host: "db1", PID: 7, Version: "1"}},
		{Type: StepBegin, Step: "step.copy.dump", Attempt: 1},
		{Type: Intent, Step: "step.copy.dump", Effect: 1, Body: json.RawMessage(`{"kind":"copy"}`)},
		{Type: Failed, Step: "step.copy.dump", Effect: 1, Error: "no space\nleft"},
		{Type: Undone, Step: "step.copy.dump", Effect: 1, Notes: []string{"ü was set aside", "\u2028 <&>"}},
		{Type: End, Status: "rolled back"},
	}
	for i := range records {
		records[i].Seq, records[i].Time = i+1, testTime.Add(time.Duration(i)*time.Second)
	}
	return records
}

func encodeAll(t testing.TB, records []Record) (content []byte, ends []int) {
	t.Helper()
	for _, r := range records {
		line, err := encode(r)
		if err != nil {
			t.Fatal(err)
		}
		content = append(content, line...)
		ends = append(ends, len(content))
	}
	return content, ends
}

func TestParseRoundTrip(t *testing.T) {
	want := sample()
	content, _ := encodeAll(t, want)
	got, intact, err := Parse("j", content)
	if err != nil || intact != len(content) {
		t.Fatalf("intact %d of %d, %v", intact, len(content), err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	for line := range bytes.Lines(content) {
		var fields map[string]any // each line is JSON for jq
		if err := json.Unmarshal(line, &fields); err != nil || fields["crc"] == nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// A crash may cut the last line off anywhere, its newline included.
func TestParseTornTail(t *testing.T) {
	records := sample()
	content, ends := encodeAll(t, records)
	for cut := range len(content) {
		whole := 0
		for _, end := range ends {
			if end <= cut {
				whole++
			}
		}
		want := 0
		if whole > 0 {
			want = ends[whole-1]
		}
		got, intact, err := Parse("j", content[:cut])
		if err != nil || len(got) != whole || intact != want {
			t.Fatalf("cut at %d: %d records, intact %d, %v; want %d records, intact %d", cut, len(got), intact, err, whole, want)
		}
	}
}

// A power cut may keep the end of the last line and lose a sector before it, which
// then reads as zeros.
func TestParseLostSector(t *testing.T) {
	content, ends := encodeAll(t, sample())
	last := ends[len(ends)-2]
	clear(content[last+5 : last+20])
	got, intact, err := Parse("j", content)
	if err != nil || intact != last || len(got) != len(ends)-1 {
		t.Errorf("%d records, intact %d, %v; want %d, %d", len(got), intact, err, len(ends)-1, last)
	}
	first := ends[0]
	clear(content[first+5 : first+20])
	var corrupt *CorruptError
	if _, _, err := Parse("j", content); !errors.As(err, &corrupt) || corrupt.Line != 2 {
		t.Errorf("zeros before the last line: %v, want a CorruptError at line 2", err)
	}
}

func TestParseRefusesCorruption(t *testing.T) {
	records := sample()
	content, ends := encodeAll(t, records)
	lines := bytes.SplitAfter(content, []byte("\n"))[:len(records)]
	join := func(list ...[]byte) []byte { return bytes.Join(list, nil) }
	reseq := func(seq int, r Record) []byte {
		r.Seq = seq
		line, _ := encodeAll(t, []Record{r})
		return line
	}
	tests := []struct {
		name    string
		content []byte
		line    int
		want    string
	}{
		{"a record is gone", join(lines[0], lines[2]), 2, "record 3 stands where 2 belongs"},
		{"a record is there twice", join(lines[0], lines[1], lines[1]), 3, "record 2 stands where 3 belongs"},
		{"two are exchanged", join(lines[0], lines[2], lines[1]), 2, "record 3 stands where 2 belongs"},
		{"the first is gone", join(lines[1:]...), 1, "record 2 stands where 1 belongs"},
		{"it does not begin with a header", reseq(1, records[1]), 1, `a "step-begin" record stands at line 1`},
		{"two headers", join(lines[0], reseq(2, records[0])), 2, `a "begin" record stands at line 2`},
		{"an empty line", join(lines[0], []byte("\n"), lines[1]), 2, "checksum"},
		{"text", []byte("hello, this is no journal at all\n"), 1, "checksum"},
		{"an edited line", join(lines[0], bytes.Replace(lines[1], []byte("dump"), []byte("dumb"), 1)), 2, "checksum"},
		{"another spelling of the checksum", join(lines[0], bytes.ToUpper(lines[1])), 2, "checksum"},
		{"a line that ends early", join(lines[0], lines[1][:20], []byte("\n"), lines[2]), 2, "checksum"},
		{"an unknown field", sealed(`{"seq":1,"time":"2026-05-04T03:02:01Z","type":"begin","new":1`), 1, "unknown field"},
		{"no JSON", sealed(`{"seq":1,`), 1, "invalid"},
		{"two values", sealed(`{"seq":1,"type":"begin"}{"a":1`), 1, "after the record"},
	}
	for _, tt := range tests {
		_, _, err := Parse("runs/x/journal.jsonl", tt.content)
		wantCorrupt(t, tt.name, err, tt.line, tt.want)
	}

	// Bits of every byte: only one that spoils the last newline, or makes a zero of
	// a byte in the last line, leaves what a crash could.
	for at := range content {
		for _, bit := range []int{0, 5, 7} {
			damaged := slices.Clone(content)
			damaged[at] ^= 1 << bit
			got, _, err := Parse("j", damaged)
			var corrupt *CorruptError
			torn := at == len(content)-1 || damaged[at] == 0 && lineOf(ends, at) == len(records)
			if torn && err == nil && len(got) == len(records)-1 {
				continue
			}
			if !errors.As(err, &corrupt) {
				t.Fatalf("bit %d of byte %d: got %d records, %v; want a CorruptError", bit, at, len(got), err)
			}
			if line := lineOf(ends, at); corrupt.Line != line {
				t.Errorf("bit %d of byte %d: line %d, want %d", bit, at, corrupt.Line, line)
			}
		}
	}
}

func wantCorrupt(t *testing.T, name string, err error, line int, want string) {
	t.Helper()
	var corrupt *CorruptError
	if !errors.As(err, &corrupt) || corrupt.Line != line || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: got %v, want %q at line %d", name, err, want, line)
		return
	}
	if place := fmt.Sprintf("runs/x/journal.jsonl:%d: ", line); !strings.HasPrefix(err.Error(), place) {
		t.Errorf("%s: %q does not begin with %q", name, err, place)
	}
}

func lineOf(ends []int, at int) int {
	return slices.IndexFunc(ends, func(end int) bool { return at < end }) + 1
}

// sealed is a line whose checksum is right, whatever it holds.
func sealed(raw string) []byte {
	return fmt.Appendf(nil, `%s,"crc":"%08x"}`+"\n", raw, crc32.Checksum([]byte(raw), table))
}

// mayBeTorn tells whether a tail is what a crash can leave of one line: its
// beginning, or all of it with zeros in place of what did not reach the disk.
func mayBeTorn(tail []byte) bool {
	end := bytes.IndexByte(tail, '\n')
	return end < 0 || end == len(tail)-1 && bytes.IndexByte(tail, 0) >= 0
}

func FuzzParse(f *testing.F) {
	content, ends := encodeAll(f, sample())
	f.Add(content)
	for _, end := range ends {
		f.Add(content[:end])
		f.Add(content[:end-1])
	}
	f.Add([]byte{})
	f.Add([]byte("\n"))
	f.Add(sealed(`{"seq":1,"type":"begin"`))
	f.Add(sealed(`{"seq":1,"type":"begin","body":{}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		records, intact, err := Parse("j", content)
		if err != nil {
			var corrupt *CorruptError
			if !errors.As(err, &corrupt) || records != nil {
				t.Fatalf("got %d records and %v", len(records), err)
			}
			return
		}
		if intact > len(content) || !mayBeTorn(content[intact:]) {
			t.Fatalf("intact %d of %d: a whole line was dropped", intact, len(content))
		}
		again, _, err := Parse("j", content[:intact])
		if err != nil || len(again) != len(records) {
			t.Fatalf("what was intact has %d records, then %d: %v", len(records), len(again), err)
		}
		for i, r := range records {
			if r.Seq != i+1 {
				t.Fatalf("record %d has number %d", i+1, r.Seq)
			}
		}
	})
}
