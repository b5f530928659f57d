package rdb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// listpackOf makes a listpack of short strings, and of integers in the two encodings that can hold any of them.
func listpackOf(elements ...any) string {
	p := make([]byte, listpackHeader)
	for _, e := range elements {
		var entry []byte
		switch e := e.(type) {
		case string:
			entry = append([]byte{0x80 | byte(len(e))}, e...)
		case int:
			if e >= 0 && e < 128 {
				entry = []byte{byte(e)}
			} else {
				entry = binary.LittleEndian.AppendUint64([]byte{0xf4}, uint64(e))
			}
		}
		p = append(append(p, entry...), byte(len(entry)))
	}
	p = append(p, listpackEnd)
	binary.LittleEndian.PutUint32(p, uint32(len(p)))
	binary.LittleEndian.PutUint16(p[4:], uint16(len(elements)))
	return string(p)
}

// moduleID packs a module type's name, the inverse of moduleName.
func moduleID(name string, version uint64) uint64 {
	var id uint64
	for _, c := range name {
		id = id<<6 | uint64(strings.IndexRune(moduleAlphabet, c))
	}
	return id<<10 | version
}

// The examples of ziplist.c, zipmap.c and intset.c, in this order.
const (
	ziplistExample = "\x1c\x00\x00\x00\x0e\x00\x00\x00\x03\x00\x00\xf3\x02\xf6\x02\x0bHello World\xff"
	zipmapExample  = "\x02\x03foo\x03\x00bar\x05hello\x05\x02world..\xff"
	intsetExample  = "\x02\x00\x00\x00\x03\x00\x00\x00\xff\xff\x05\x00\x2c\x01"
)

// Ziplists of pairs: a zset and a hash, with integers of 8, 16, 24, 32 and 64 bits among them.
const (
	ziplistScores = "\x20\x00\x00\x00\x1b\x00\x00\x00\x06\x00" +
		"\x00\x01a\x03\xfe\xec\x03\x01b\x03\x031.5\x05\x01c\x03\xc0\x00\x03\xff"
	ziplistPairs = "\x29\x00\x00\x00\x1e\x00\x00\x00\x06\x00" +
		"\x00\x01a\x03\xf0\x00\x00\x80\x05\x01b\x03\xd0\x00\x00\x00\x80\x06\x01c\x03\xe0\x00\x00\x00\x00\x00\x00\x00\x80\xff"
)

var streamNode = "\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x01"

var streamListpack = listpackOf(2, 1, 1, "f", 0,
	2, 0, 0, "v", 4, // the master's fields
	3, 0, 1, "v", 4, // deleted
	0, 1, 0, 1, "g", "w", 6)

// stream writes the parts of a stream that its type has.
func (d *dumpWriter) stream(valueType byte) *dumpWriter {
	d.length(1).string(streamNode).string(streamListpack)
	d.length(2).length(6).length(1) // length, last ID
	if valueType >= typeStream2 {
		d.length(5).length(1).length(5).length(2).length(3) // first ID, highest deleted, added
	}
	d.length(1).string("group").length(6).length(1)
	if valueType >= typeStream2 {
		d.length(math.MaxUint64) // entries read: unknown
	}
	d.length(1).text(streamNode).little64(1700000000000).length(4)
	d.length(1).string("consumer").little64(1700000000001)
	if valueType >= typeStream3 {
		d.little64(1700000000002)
	}
	d.length(1).text(streamNode)
	if valueType >= typeStream4 {
		d.length(100).length(1000)
		d.length(1).string("producer").length(1).string("message").length(5).length(1)
		d.length(2).length(1)
	}
	return d
}

func wantStream(valueType byte) *Stream {
	s := &Stream{
		Entries: []StreamEntry{
			{StreamID{5, 1}, []Field{{[]byte("f"), []byte("v")}}},
			{StreamID{6, 1}, []Field{{[]byte("g"), []byte("w")}}},
		},
		LastID:       StreamID{6, 1},
		EntriesAdded: 2,
		Groups: []Group{{
			Name: []byte("group"), LastID: StreamID{6, 1}, EntriesRead: -1,
			Pending: []Pending{{
				ID: StreamID{5, 1}, Consumer: []byte("consumer"),
				DeliveredAt: time.UnixMilli(1700000000000), Deliveries: 4,
			}},
			Consumers: []Consumer{{Name: []byte("consumer"), SeenAt: time.UnixMilli(1700000000001), Pending: 1}},
		}},
	}
	if valueType >= typeStream2 {
		s.FirstID, s.MaxDeletedID, s.EntriesAdded = StreamID{5, 1}, StreamID{5, 2}, 3
	}
	if valueType >= typeStream3 {
		s.Groups[0].Consumers[0].ActiveAt = time.UnixMilli(1700000000002)
	}
	return s
}

var fieldHash = map[string][]byte{"f": []byte("1"), "g": []byte("2")}

// fixtures are dumps of one key "k" each that the installed server cannot write.
var fixtures = []struct {
	name string
	dump []byte
	want Key
}{
	{"list", newDump("REDIS0001").key(typeList, "k").length(2).string("a").raw(0xc0, 0xff).endOld(),
		Key{Type: "list", Value: bytesOf([]string{"a", "-1"})}},
	{"zset with scores in text", newDump("REDIS0002").key(typeZset, "k").length(4).
		string("a").raw(3).text("1.5").string("b").raw(scoreInfinity).string("c").raw(scoreNegInfinity).string("d").raw(1).text("0").endOld(),
		Key{Type: "zset", Value: []Member{{[]byte("c"), math.Inf(-1)}, {[]byte("d"), 0}, {[]byte("a"), 1.5}, {[]byte("b"), math.Inf(1)}}}},
	{"expiry in seconds", newDump("REDIS0003").raw(opExpire).text("\x00\xf1\x53\x65").key(typeString, "k").string("v").endOld(),
		Key{Type: "string", Value: []byte("v"), ExpireAt: time.Unix(1700000000, 0)}},
	{"zipmap", newDump("REDIS0004").key(typeHashZipmap, "k").string(zipmapExample).endOld(),
		Key{Type: "hash", Value: map[string][]byte{"foo": []byte("bar"), "hello": []byte("world")}}},
	{"ziplist", newDump("REDIS0005").key(typeListZiplist, "k").string(ziplistExample).end(),
		Key{Type: "list", Value: bytesOf([]string{"2", "5", "Hello World"})}},
	{"ziplist zset", newDump("REDIS0006").key(typeZsetZiplist, "k").string(ziplistScores).end(),
		Key{Type: "zset", Value: []Member{{[]byte("a"), -20}, {[]byte("b"), 1.5}, {[]byte("c"), 768}}}},
	{"ziplist hash", newDump("REDIS0006").key(typeHashZiplist, "k").string(ziplistPairs).end(),
		Key{Type: "hash", Value: map[string][]byte{
			"a": []byte("-8388608"), "b": []byte("-2147483648"), "c": []byte("-9223372036854775808")}}},
	{"intset", newDump("REDIS0006").key(typeSetIntset, "k").string(intsetExample).end(),
		Key{Type: "set", Value: bytesOf([]string{"-1", "5", "300"})}},
	{"quicklist", newDump("REDIS0007").key(typeQuicklist, "k").length(2).string(ziplistExample).string(ziplistExample).end(),
		Key{Type: "list", Value: bytesOf([]string{"2", "5", "Hello World", "2", "5", "Hello World"})}},
	{"64 bit length", newDump("REDIS0008").key(typeString, "k").raw(0x81, 0, 0, 0, 0, 0, 0, 0, 1).text("v").end(),
		Key{Type: "string", Value: []byte("v")}},
	{"stream 1", newDump("REDIS0009").key(typeStream, "k").stream(typeStream).end(),
		Key{Type: "stream", Value: wantStream(typeStream)}},
	{"stream 2", newDump("REDIS0010").key(typeStream2, "k").stream(typeStream2).end(),
		Key{Type: "stream", Value: wantStream(typeStream2)}},
	{"stream 3", newDump("REDIS0011").key(typeStream3, "k").stream(typeStream3).end(),
		Key{Type: "stream", Value: wantStream(typeStream3)}},
	{"stream 4", newDump("REDIS0013").key(typeStream4, "k").stream(typeStream4).end(),
		Key{Type: "stream", Value: wantStream(typeStream4)}},
	{"set listpack", newDump("REDIS0011").key(typeSetListpack, "k").string(listpackOf("a", 7, -300)).end(),
		Key{Type: "set", Value: bytesOf([]string{"a", "7", "-300"})}},
	{"slot info", newDump("REDIS0012").raw(opSlotInfo).length(100).length(1).length(0).key(typeString, "k").string("v").end(),
		Key{Type: "string", Value: []byte("v")}},
	{"hash metadata before release", newDump("REDIS0012").key(typeHashMetaPreGA, "k").
		length(2).length(1700000000000).string("f").string("1").length(0).string("g").string("2").end(),
		Key{Type: "hash", Value: fieldHash, FieldExpireAt: map[string]time.Time{"f": time.UnixMilli(1700000000000)}}},
	{"hash listpack before release", newDump("REDIS0012").key(typeHashPackPreGA, "k").
		string(listpackOf("f", 1, 1700000000000, "g", 2, 0)).end(),
		Key{Type: "hash", Value: fieldHash, FieldExpireAt: map[string]time.Time{"f": time.UnixMilli(1700000000000)}}},
	{"hash metadata", newDump("REDIS0012").key(typeHashMeta, "k").little64(1700000000000).
		length(2).length(6).string("f").string("1").length(0).string("g").string("2").end(),
		Key{Type: "hash", Value: fieldHash, FieldExpireAt: map[string]time.Time{"f": time.UnixMilli(1700000000005)}}},
	{"hash listpack with expiries", newDump("REDIS0012").key(typeHashListpackEx, "k").little64(1700000000000).
		string(listpackOf("f", 1, 1700000000000, "g", 2, 0)).end(),
		Key{Type: "hash", Value: fieldHash, FieldExpireAt: map[string]time.Time{"f": time.UnixMilli(1700000000000)}}},
	{"Valkey hash with expiries", newDump("VALKEY080").key(typeHashMetaPreGA, "k").length(2).
		string("f").string("1").little64(1700000000000).string("g").string("2").little64(math.MaxUint64).end(),
		Key{Type: "hash", Value: fieldHash, FieldExpireAt: map[string]time.Time{"f": time.UnixMilli(1700000000000)}}},
	{"Valkey slot import", newDump("VALKEY080").raw(opKeyMeta).string("job").length(1).length(0).length(5).
		key(typeString, "k").string("v").end(), Key{Type: "string", Value: []byte("v")}},
	{"module", newDump("REDIS0011").raw(opModuleAux).length(moduleID("ReJSON-RL", 3)).length(moduleUint).length(1).
		length(moduleSint).length(5).length(moduleEOF).
		key(typeModule2, "k").length(moduleID("ReJSON-RL", 3)).length(moduleString).string("{}").
		length(moduleFloat).text("1234").length(moduleDouble).text("12345678").length(moduleUint).length(9).length(moduleEOF).end(),
		Key{Type: "ReJSON-RL", Value: Module{"ReJSON-RL", 3}}},
	{"key metadata", newDump("REDIS0013").raw(opExpireMillis).little64(1700000000000).
		raw(opKeyMeta).length(1).text("spec").length(moduleUint).length(1).length(moduleEOF).
		key(typeString, "k").string("v").end(),
		Key{Type: "string", Value: []byte("v"), ExpireAt: time.UnixMilli(1700000000000)}},
}

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
