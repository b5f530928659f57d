package rdb

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

const (
	// MaxVersion is the newest RDB version of Redis that this package reads.
	MaxVersion = 13
	// ValkeyVersion is the one version with Valkey's own magic that this package reads.
	ValkeyVersion = 80

	// Before version 5 a dump has no checksum at all.
	firstWithChecksum = 5
	// Valkey refuses Redis' versions from here to its own.
	firstForeignToValkey = 12
	// The opcode 243 is Redis' from here on.
	firstWithKeyMeta = 13
)

const (
	redisMagic  = "REDIS"
	valkeyMagic = "VALKEY"
	headerSize  = 9
)

// readHeader reads the magic and the version: REDIS%04d, or VALKEY%03d from Valkey 9 on.
func (r *Reader) readHeader() error {
	if err := r.src.fill(headerSize); err != nil {
		first := r.src.buf[:r.src.end]
		switch {
		case isTruncated(err) && len(first) == 0:
			return &Error{Reason: "the file is empty", Cause: ErrTruncated}
		case isTruncated(err) && !HasMagic(first) && !bytes.HasPrefix([]byte(redisMagic), first) &&
			!bytes.HasPrefix([]byte(valkeyMagic), first):
			return notRDB(first)
		}
		return err
	}
	head := string(r.src.buf[:headerSize])
	var digits string
	switch {
	case strings.HasPrefix(head, redisMagic):
		digits = head[len(redisMagic):]
	case strings.HasPrefix(head, valkeyMagic):
		digits, r.sum.Valkey = head[len(valkeyMagic):], true
	default:
		return notRDB(r.src.buf[:r.src.end])
	}
	version, err := strconv.ParseUint(digits, 10, 16)
	if err != nil {
		return &Error{Reason: fmt.Sprintf("magic %q has no version", head), Cause: ErrNotRDB}
	}
	r.sum.Magic, r.sum.Version = head, int(version)
	if r.sum.Valkey && version != ValkeyVersion || !r.sum.Valkey && (version < 1 || version > MaxVersion) {
		return &Error{Cause: ErrVersion, Reason: fmt.Sprintf(
			"RDB version of %q is not one that can be read (REDIS 1 to %d, VALKEY %d)", head, MaxVersion, ValkeyVersion)}
	}
	r.src.pos = headerSize
	return nil
}

// HasMagic says whether first, the beginning of a file, begins as an RDB dump does.
func HasMagic(first []byte) bool {
	return bytes.HasPrefix(first, []byte(redisMagic)) || bytes.HasPrefix(first, []byte(valkeyMagic))
}

// notRDB names the likely mistake where the first bytes tell it.
func notRDB(first []byte) error {
	reason := "not an RDB dump: it does not begin with REDIS or VALKEY"
	for _, known := range []struct{ magic, hint string }{
		{"\x1f\x8b", "it is gzip compressed; decompress it first"},
		{"\x28\xb5\x2f\xfd", "it is zstd compressed; decompress it first"},
		{"\xfd7zXZ", "it is xz compressed; decompress it first"},
		{"BZh", "it is bzip2 compressed; decompress it first"},
		{"age-encryption", "it is encrypted with age; decrypt it first"},
		{"*", "it looks like an append-only file"},
		{"file ", "it looks like the manifest of an append-only file"},
	} {
		if strings.HasPrefix(string(first), known.magic) {
			reason = "not an RDB dump: " + known.hint
		}
	}
	return &Error{Reason: reason, Cause: ErrNotRDB}
}

// ServerReads gives the newest RDB version that a server reads, with its own magic; known is false for a version that
// cannot be told. A server newer than this package knows of gets the newest known version, which it still reads.
func ServerReads(serverVersion string, valkey bool) (maxRDB int, known bool) {
	parts := strings.SplitN(serverVersion, ".", 3)
	if len(parts) < 2 {
		return 0, false
	}
	major, err1 := strconv.Atoi(parts[0])
	minor, err2 := strconv.Atoi(parts[1])
	if err1 != nil || err2 != nil || major < 0 || minor < 0 {
		return 0, false
	}
	table := redisReads
	if valkey {
		table = valkeyReads
	}
	for _, row := range table {
		if major > row.major || major == row.major && minor >= row.minor {
			return row.rdb, true
		}
	}
	return 0, false
}

// Newest first; each row holds from its version on. Source: RDB_VERSION in each release's rdb.h.
type reads struct{ major, minor, rdb int }

var (
	redisReads  = []reads{{8, 6, 13}, {7, 4, 12}, {7, 2, 11}, {7, 0, 10}, {5, 0, 9}, {4, 0, 8}, {3, 2, 7}, {2, 6, 6}}
	valkeyReads = []reads{{9, 0, ValkeyVersion}, {7, 2, 11}}
)

// ReadableBy says whether a server of this version reads the dump's format. Unlike a comparison with [ServerReads] it
// knows that Redis refuses Valkey's dumps, and Valkey those of Redis 7.4 and later.
func (s *Summary) ReadableBy(serverVersion string, valkey bool) (readable, known bool) {
	limit, known := ServerReads(serverVersion, valkey)
	switch {
	case !known:
		return false, false
	case s.Valkey && !valkey, valkey && !s.Valkey && s.Version >= firstForeignToValkey:
		return false, true
	}
	return s.Version <= limit, true
}
