package rdb

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
)

// A dumpWriter writes dumps by hand: those that the installed server cannot write, and wrong ones.
type dumpWriter struct{ b []byte }

func newDump(header string) *dumpWriter { return &dumpWriter{b: []byte(header)} }

func (d *dumpWriter) raw(p ...byte) *dumpWriter {
	d.b = append(d.b, p...)
	return d
}

func (d *dumpWriter) text(s string) *dumpWriter {
	d.b = append(d.b, s...)
	return d
}

func (d *dumpWriter) length(n uint64) *dumpWriter {
	switch {
	case n < 1<<6:
		return d.raw(byte(n))
	case n < 1<<14:
		return d.raw(0x40|byte(n>>8), byte(n))
	case n < 1<<32:
		d.b = binary.BigEndian.AppendUint32(d.raw(0x80).b, uint32(n))
	default:
		d.b = binary.BigEndian.AppendUint64(d.raw(0x81).b, n)
	}
	return d
}

func (d *dumpWriter) string(s string) *dumpWriter { return d.length(uint64(len(s))).text(s) }

func (d *dumpWriter) little64(n uint64) *dumpWriter {
	d.b = binary.LittleEndian.AppendUint64(d.b, n)
	return d
}

// key writes the type and the name of a key.
func (d *dumpWriter) key(valueType byte, name string) *dumpWriter {
	return d.raw(valueType).string(name)
}

func (d *dumpWriter) aux(name, value string) *dumpWriter {
	return d.raw(opAux).string(name).string(value)
}

// end ends the dump with its checksum.
func (d *dumpWriter) end() []byte {
	d.raw(opEOF)
	return d.little64(updateCRC(0, d.b)).b
}

// endOld ends the dump as versions before 5 do.
func (d *dumpWriter) endOld() []byte { return d.raw(opEOF).b }

// generate makes a dump of about size bytes of the kinds of keys that are usual.
func generate(tb testing.TB, size int) []byte {
	tb.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	filler := make([]byte, 4096)
	for i := range filler {
		filler[i] = byte('a' + rng.IntN(26))
	}
	d := newDump("REDIS0010").aux("redis-ver", "7.0.15").raw(opSelectDB).length(0)
	for i := 0; len(d.b) < size; i++ {
		name := fmt.Sprintf("key:%08d", i)
		if i%4 == 0 {
			d.raw(opExpireMillis).little64(1893456000000)
		}
		switch i % 8 {
		case 0:
			d.key(typeZset2, name).length(20)
			for j := range 20 {
				d.string(fmt.Sprintf("member:%d", j)).little64(uint64(j))
			}
		case 1:
			d.key(typeHash, name).length(10)
			for j := range 10 {
				d.string(fmt.Sprintf("field:%d", j)).string(string(filler[:rng.IntN(100)]))
			}
		case 2:
			d.key(typeQuicklist2, name).length(1).length(nodePlain).string(string(filler))
		default:
			d.key(typeString, name).string(string(filler[:rng.IntN(400)]))
		}
	}
	return d.end()
}
