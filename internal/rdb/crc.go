package rdb

import (
	"encoding/binary"
	"hash/crc64"
	"sync"
)

// The checksum of a dump is CRC-64/Jones as Redis uses it (crc64.c): reflected, no initial value, no final xor. It is
// linear, so that of two parts can be computed apart and joined.
//
// hash/crc64 computes it too, at half the speed and less: each eight bytes wait for those before, and its tables
// for a polynomial that it does not know are made anew at each call. Here three parts of a block are summed side by
// side, which a processor does at once.

const polynomial = 0x95ac9329ac4bc9b5

// laneSize is the size of the three parts of a block, in bytes; small enough for their bytes to stay in the nearest cache.
const laneSize = 2048

type crcTables struct {
	slices slices8
	lane   [8][256]uint64 // what each byte of a sum becomes when laneSize zero bytes follow
}

// slices8 is what a byte does to the sum up to seven bytes later ("slicing by 8").
type slices8 [8][256]uint64

var crc = sync.OnceValue(func() *crcTables {
	t := &crcTables{}
	t.slices[0] = *crc64.MakeTable(polynomial)
	for i := range 256 {
		for n := 1; n < 8; n++ {
			before := t.slices[n-1][i]
			t.slices[n][i] = t.slices[0][byte(before)] ^ before>>8
		}
	}
	for bit := range 64 {
		sum := uint64(1) << bit
		for range laneSize / 8 {
			sum = t.slices.eight(sum)
		}
		row, weight := &t.lane[bit/8], 1<<(bit%8)
		for i := range weight {
			row[weight|i] = row[i] ^ sum
		}
	}
	return t
})

// eight goes on by eight bytes, which were added to the sum.
func (s *slices8) eight(sum uint64) uint64 {
	return s[7][byte(sum)] ^ s[6][byte(sum>>8)] ^ s[5][byte(sum>>16)] ^ s[4][byte(sum>>24)] ^
		s[3][byte(sum>>32)] ^ s[2][byte(sum>>40)] ^ s[1][byte(sum>>48)] ^ s[0][sum>>56]
}

// skipLane goes on by laneSize zero bytes.
func (t *crcTables) skipLane(sum uint64) uint64 {
	l := &t.lane
	return l[0][byte(sum)] ^ l[1][byte(sum>>8)] ^ l[2][byte(sum>>16)] ^ l[3][byte(sum>>24)] ^
		l[4][byte(sum>>32)] ^ l[5][byte(sum>>40)] ^ l[6][byte(sum>>48)] ^ l[7][sum>>56]
}

// updateCRC adds p to a checksum.
func updateCRC(sum uint64, p []byte) uint64 {
	t := crc()
	s := &t.slices
	for ; len(p) >= 3*laneSize; p = p[3*laneSize:] {
		a, b, c := sum, uint64(0), uint64(0)
		lanes := (*[3 * laneSize]byte)(p)
		for i := 0; i < laneSize; i += 8 {
			a = s.eight(a ^ binary.LittleEndian.Uint64(lanes[i:]))
			b = s.eight(b ^ binary.LittleEndian.Uint64(lanes[laneSize+i:]))
			c = s.eight(c ^ binary.LittleEndian.Uint64(lanes[2*laneSize+i:]))
		}
		sum = t.skipLane(t.skipLane(a)^b) ^ c
	}
	for ; len(p) >= 8; p = p[8:] {
		sum = s.eight(sum ^ binary.LittleEndian.Uint64(p))
	}
	for _, b := range p {
		sum = s[0][byte(sum)^b] ^ sum>>8
	}
	return sum
}
