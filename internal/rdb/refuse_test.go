package rdb

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestRefuses(t *testing.T) {
	str := func() *dumpWriter { return newDump("REDIS0010").key(typeString, "k").string("v") }
	tests := []struct {
		name   string
		dump   []byte
		cause  error
		offset int64
		reason string
	}{
		{"empty file", nil, ErrTruncated, 0, "the file is empty"},
		{"short file", []byte("REDIS"), ErrTruncated, 5, "ends in the middle"},
		{"other short file", []byte("hello"), ErrNotRDB, 0, "not an RDB dump"},
		{"text", []byte("hello, world, this is no dump"), ErrNotRDB, 0, "does not begin with REDIS or VALKEY"},
		{"gzip", []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"), ErrNotRDB, 0, "gzip compressed"},
		{"append-only file", []byte("*2\r\n$6\r\nSELECT\r\n"), ErrNotRDB, 0, "append-only file"},
		{"no version", []byte("REDIS00x1\xff"), ErrNotRDB, 0, "has no version"},
		{"signed version", []byte("REDIS+009\xff"), ErrNotRDB, 0, "has no version"},
		{"version 0", newDump("REDIS0000").endOld(), ErrVersion, 0, "REDIS0000"},
		{"newer version", newDump("REDIS0014").end(), ErrVersion, 0, "REDIS0014"},
		{"newer Valkey version", newDump("VALKEY081").end(), ErrVersion, 0, "VALKEY081"},
		{"value type", newDump("REDIS0010").key(99, "k").string("v").end(), ErrUnsupported, 9, "unknown value type 99"},
		{"type 8", newDump("REDIS0010").key(8, "k").string("v").end(), ErrUnsupported, 9, "unknown value type 8"},
		{"Redis' types in Valkey", newDump("VALKEY080").key(typeHashMeta, "k").end(), ErrUnsupported, 9, "unknown value type 24"},
		{"opcode", str().raw(opKeyMeta).end(), ErrUnsupported, 14, "unknown opcode 243"},
		{"old module value", newDump("REDIS0008").key(typeModulePreGA, "k").end(), ErrUnsupported, 9, "module value"},
		{"old function", newDump("REDIS0010").raw(opFunctionOld).string("f").end(), ErrUnsupported, 9, "function"},
		{"length encoding", newDump("REDIS0010").raw(typeString, 0xbf).end(), ErrCorrupt, 10, "unknown length encoding 0xbf"},
		{"string encoding", newDump("REDIS0010").key(typeString, "k").raw(0xc4).end(), ErrCorrupt, 12, "unknown string encoding 4"},
		{"count as string", newDump("REDIS0010").key(typeList, "k").raw(0xc0, 1).end(), ErrCorrupt, 12, "where a length belongs"},
		{"database number", newDump("REDIS0010").raw(opSelectDB).length(1 << 40).end(), ErrCorrupt, 9, "database"},
		{"list container", newDump("REDIS0010").key(typeQuicklist2, "k").length(1).length(3).string("").end(), ErrCorrupt, 13, "container 3"},
		{"module opcode", newDump("REDIS0010").key(typeModule2, "k").length(1).length(6).end(), ErrCorrupt, 13, "unknown opcode 6"},
		{"module data", newDump("REDIS0010").raw(opModuleAux).length(1).length(1).length(1).end(), ErrCorrupt, 9, "time of loading"},
		{"expiry of nothing", str().raw(opExpireMillis).little64(1).end(), ErrCorrupt, 23, "where a key was announced"},
		{"expiry of a database", newDump("REDIS0010").raw(opFreq, 1, opSelectDB, 0).end(), ErrCorrupt, 11, "where a key was announced"},
		{"checksum", append(str().endOld(), "12345678"...), ErrChecksum, 15, "checksum mismatch"},
		{"trailing bytes", append(str().end(), '\n'), ErrCorrupt, 23, "trailing bytes"},
		{"trailing bytes, old version", append(newDump("REDIS0004").endOld(), 0), ErrCorrupt, 10, "trailing bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Check(bytes.NewReader(test.dump))
			wantError(t, err, test.cause, test.offset, test.reason)
			_, _, err = Find(bytes.NewReader(test.dump), 0, []byte("absent"))
			wantError(t, err, test.cause, test.offset, test.reason)
		})
	}
}

func wantError(t *testing.T, err, cause error, offset int64, reason string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v, want one at offset %d: %s", err, offset, reason)
	}
	if !errors.Is(err, cause) || e.Offset != offset || !strings.Contains(e.Reason, reason) {
		t.Errorf("error %q (%v), want offset %d: %s (%v)", err, e.Cause, offset, reason, cause)
	}
}

// TestFindRefuses has values that Check does not look into.
func TestFindRefuses(t *testing.T) {
	lzf := func(packed string, size uint64) []byte {
		return newDump("REDIS0010").key(typeString, "k").raw(0xc3).length(uint64(len(packed))).length(size).text(packed).end()
	}
	blob := func(valueType byte, blob string) []byte {
		return newDump("REDIS0012").key(valueType, "k").string(blob).end()
	}
	good := listpackOf("a", 1)
	tests := []struct {
		name string
		dump []byte
	}{
		{"LZF too short", lzf("\x00a", 2)},
		{"LZF too long", lzf("\x01ab", 1)},
		{"LZF cut", lzf("\x05ab", 6)},
		{"LZF reference before the start", lzf("\x20\x00", 3)},
		{"LZF impossible size", lzf("\x00a", 1<<50)},
		{"listpack empty", blob(typeHashListpack, "")},
		{"listpack cut", blob(typeHashListpack, good[:len(good)-1])},
		{"listpack without end", blob(typeHashListpack, good[:len(good)-1]+"\x00")},
		{"listpack odd", blob(typeHashListpack, listpackOf("a"))},
		{"listpack twice", blob(typeHashListpack, listpackOf("a", 1, "a", 2))},
		{"listpack triple", blob(typeHashPackPreGA, good)},
		{"listpack expiry", blob(typeHashPackPreGA, listpackOf("a", "b", "c"))},
		{"listpack score", blob(typeZsetListpack, listpackOf("a", "b"))},
		{"listpack score NaN", blob(typeZsetListpack, listpackOf("a", "nan"))},
		{"listpack member twice", blob(typeZsetListpack, listpackOf("a", 1, "a", 2))},
		{"listpack set member twice", blob(typeSetListpack, listpackOf("a", "a"))},
		{"ziplist cut", blob(typeListZiplist, ziplistExample[:20])},
		{"ziplist tail", blob(typeListZiplist, strings.Replace(ziplistExample, "\x0e", "\x0d", 1))},
		{"zipmap cut", blob(typeHashZipmap, zipmapExample[:9])},
		{"zipmap count", blob(typeHashZipmap, "\x01"+zipmapExample[1:])},
		{"intset order", blob(typeSetIntset, "\x02\x00\x00\x00\x02\x00\x00\x00\x05\x00\x05\x00")},
		{"intset size", blob(typeSetIntset, "\x02\x00\x00\x00\xff\xff\xff\xff\x05\x00")},
		{"intset width", blob(typeSetIntset, "\x03\x00\x00\x00\x01\x00\x00\x00\x05\x00\x05")},
		{"score", newDump("REDIS0010").key(typeZset, "k").length(1).string("a").raw(1).text("x").end()},
		{"score NaN", newDump("REDIS0010").key(typeZset, "k").length(1).string("a").raw(scoreNaN).end()},
		{"stream node", newDump("REDIS0010").key(typeStream, "k").length(1).string("short").string(streamListpack).
			length(2).length(0).length(0).length(0).end()},
		{"stream length", newDump("REDIS0010").key(typeStream, "k").length(1).string(streamNode).string(streamListpack).
			length(3).length(0).length(0).length(0).end()},
		{"duplicate key", newDump("REDIS0010").key(typeString, "k").string("v").key(typeString, "k").string("v").end()},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := Check(bytes.NewReader(test.dump)); err != nil {
				t.Fatalf("Check: %v", err)
			}
			key, _, err := Find(bytes.NewReader(test.dump), 0, []byte("k"))
			if !errors.Is(err, ErrCorrupt) {
				t.Errorf("Find: %v, %v; want ErrCorrupt", key, err)
			}
		})
	}
}
