package rdb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/iotest"
)

// TestHostileLengths has dumps that claim to be huge: each is refused, and without much memory.
func TestHostileLengths(t *testing.T) {
	const huge = math.MaxInt64 - 1
	d := func() *dumpWriter { return newDump("REDIS0012") }
	dumps := map[string][]byte{
		"name":         d().raw(typeString).length(maxName - 1).text("k").b,
		"huge name":    d().raw(typeString).length(huge).text("k").b,
		"aux":          d().raw(opAux).length(huge).b,
		"string":       d().key(typeString, "k").length(huge).text("v").b,
		"more":         d().key(typeString, "k").length(math.MaxUint64).text("v").b,
		"LZF":          d().key(typeString, "k").raw(0xc3).length(huge).length(huge).text("v").b,
		"LZF output":   d().key(typeString, "k").raw(0xc3).length(2).length(1 << 33).text("\x00a").end(),
		"list":         d().key(typeList, "k").length(huge).b,
		"hash":         d().key(typeHash, "k").length(math.MaxUint64).string("f").b,
		"zset":         d().key(typeZset2, "k").length(huge).b,
		"quicklist":    d().key(typeQuicklist2, "k").length(huge).b,
		"field hash":   d().key(typeHashMeta, "k").little64(0).length(huge).b,
		"stream":       d().key(typeStream3, "k").length(huge).b,
		"stream group": d().key(typeStream, "k").length(0).length(0).length(0).length(0).length(huge).b,
		"listpack":     d().key(typeSetListpack, "k").string("\xff\xff\xff\xff\xff\xff\xf0\xff\xff\xff\xff").end(),
		"stream node": d().key(typeStream, "k").length(1).string(streamNode).string(listpackOf(huge, huge, huge)).
			length(0).length(0).length(0).length(0).end(),
	}
	for name, dump := range dumps {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _, err := Find(bytes.NewReader(dump), 0, []byte("k"))
			runtime.ReadMemStats(&after)
			if err == nil {
				t.Error("no error")
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 4*bufferSize {
				t.Errorf("took %d bytes of memory for a dump of %d", used, len(dump))
			}
		})
	}
}

// TestDamage flips single bits and cuts, 10,000 times in a dump of each version, at places that a seed gives.
func TestDamage(t *testing.T) {
	dumps := map[string][]byte{"generated": generate(t, 12<<10)}
	for _, path := range seeds(t) {
		dumps[path] = readFile(t, path)
	}
	for name, dump := range dumps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			damaged := bytes.Clone(dump)
			rng := rand.New(rand.NewPCG(20, 26))
			for range 5000 {
				at, bit := rng.IntN(len(dump)), rng.IntN(8)
				damaged[at] ^= 1 << bit
				if _, err := Check(bytes.NewReader(damaged)); err == nil {
					t.Errorf("bit %d of byte %d flipped: no error", bit, at)
				}
				damaged[at] = dump[at]
				if _, err := Check(bytes.NewReader(dump[:at])); !errors.Is(err, ErrTruncated) {
					t.Errorf("cut to %d bytes: %v, want ErrTruncated", at, err)
				}
			}
		})
	}
}

// TestZeroChecksum: a dump written without a checksum is accepted, and never called good.
func TestZeroChecksum(t *testing.T) {
	dump := generate(t, 1000)
	clear(dump[len(dump)-8:])
	sum, err := Check(bytes.NewReader(dump))
	if err != nil {
		t.Fatal(err)
	}
	if sum.Checksum != Unchecked {
		t.Errorf("checksum is %v, want unchecked", sum.Checksum)
	}
	binary.LittleEndian.PutUint64(dump[len(dump)-8:], 1)
	if _, err := Check(bytes.NewReader(dump)); !errors.Is(err, ErrChecksum) {
		t.Errorf("checksum 1: %v, want ErrChecksum", err)
	}
}

// TestSlowReaders: how the bytes arrive makes no difference, and a reader's own error is kept.
func TestSlowReaders(t *testing.T) {
	dump := generate(t, bufferSize+bufferSize/4)
	for name, r := range map[string]io.Reader{
		"one byte": iotest.OneByteReader(bytes.NewReader(dump)),
		"half":     iotest.HalfReader(bytes.NewReader(dump)),
		"data err": iotest.DataErrReader(bytes.NewReader(dump)),
	} {
		if sum, err := Check(r); err != nil || sum.Checksum != Good {
			t.Errorf("%s: %v, %v", name, sum, err)
		}
	}
	broken := errors.New("broken disk")
	_, err := Check(io.MultiReader(bytes.NewReader(dump[:5000]), iotest.ErrReader(broken)))
	wantError(t, err, broken, 5000, "read: broken disk")
}
