package rdb

// maxLZFRatio bounds what one byte of LZF can stand for: a back reference of three bytes makes at most 264.
const maxLZFRatio = 264

// appendLZF appends the size bytes that in decompresses to (lzf_d.c); false when in is not LZF of that size.
func appendLZF(dst, in []byte, size uint64) ([]byte, bool) {
	if size > uint64(len(in))*maxLZFRatio {
		return nil, false
	}
	start := len(dst)
	end := start + int(size)
	for i := 0; i < len(in); {
		ctrl := int(in[i])
		i++
		if ctrl < 32 {
			n := ctrl + 1
			if n > len(in)-i || n > end-len(dst) {
				return nil, false
			}
			dst = append(dst, in[i:i+n]...)
			i += n
			continue
		}
		n := ctrl >> 5
		if n == 7 {
			if i == len(in) {
				return nil, false
			}
			n += int(in[i])
			i++
		}
		n += 2
		if i == len(in) {
			return nil, false
		}
		from := len(dst) - (ctrl&0x1f)<<8 - int(in[i]) - 1
		i++
		if from < start || n > end-len(dst) {
			return nil, false
		}
		// The reference may reach into what it produces, so the copy goes byte by byte.
		for ; n > 0; n-- {
			dst = append(dst, dst[from])
			from++
		}
	}
	return dst, len(dst) == end
}
