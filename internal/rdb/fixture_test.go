package rdb

import (
	"math"
	"time"
)

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
