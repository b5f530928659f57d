package rdb

import (
	"hash/crc64"
	"math/rand/v2"
	"testing"
)

func TestCRC(t *testing.T) {
	if got := updateCRC(updateCRC(0, []byte("1234")), []byte("56789")); got != 0xe9c6d914c4b8d9ca {
		t.Errorf("CRC of 123456789 is %x", got)
	}
}

// TestCRCOfAnySize compares with the standard library, which inverts before and after.
func TestCRCOfAnySize(t *testing.T) {
	table := crc64.MakeTable(polynomial)
	rng := rand.New(rand.NewPCG(6, 4))
	p := make([]byte, 10*laneSize)
	for i := range p {
		p[i] = byte(rng.Uint32())
	}
	for _, n := range []int{0, 1, 7, 8, 9, laneSize, 3*laneSize - 1, 3 * laneSize, 3*laneSize + 1, 6 * laneSize, 7*laneSize + 13, len(p)} {
		before := rng.Uint64()
		if got, want := updateCRC(before, p[:n]), ^crc64.Update(^before, table, p[:n]); got != want {
			t.Errorf("%d bytes: %x, want %x", n, got, want)
		}
	}
}

func BenchmarkCRC(b *testing.B) {
	p := make([]byte, bufferSize)
	b.SetBytes(bufferSize)
	for b.Loop() {
		updateCRC(0, p)
	}
}
