package rdb

import (
	"bytes"
	"testing"
)

func BenchmarkCheck(b *testing.B) {
	for _, bench := range []struct {
		name string
		dump []byte
	}{
		{"mixed", generate(b, 64<<20)},
		{"tiny", generateTiny(16 << 20)},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(int64(len(bench.dump)))
			for b.Loop() {
				if _, err := Check(bytes.NewReader(bench.dump)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// generateTiny makes a dump of the smallest keys, which is the worst for speed.
func generateTiny(size int) []byte {
	d := newDump("REDIS0010")
	for i := 0; len(d.b) < size; i++ {
		d.key(typeString, string([]byte{byte(i), byte(i >> 8), byte(i >> 16)})).string("v")
	}
	return d.end()
}
