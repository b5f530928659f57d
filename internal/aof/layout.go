package aof

import (
	"fmt"

	"redbook/internal/rdb"
)

// ManifestName is the name of the manifest of a multi-part append-only file; appendfilename is the server's option.
func ManifestName(appendfilename string) string { return appendfilename + ".manifest" }

// BaseName is the name that a server gives to a base file in RDB format.
func BaseName(appendfilename string, seq int) string {
	return fmt.Sprintf("%s.%d.base.rdb", appendfilename, seq)
}

// IncrName is the name that a server gives to an incremental file.
func IncrName(appendfilename string, seq int) string {
	return fmt.Sprintf("%s.%d.incr.aof", appendfilename, seq)
}

// ForDump is the manifest of a multi-part append-only file (Redis 7.0 and later) whose base is an RDB dump and to which
// nothing was written since. The base goes under the first entry's name, and an empty file under the second's.
func ForDump(appendfilename string) *Manifest {
	return &Manifest{Entries: []Entry{
		{Name: BaseName(appendfilename, 1), Seq: 1, Type: TypeBase},
		{Name: IncrName(appendfilename, 1), Seq: 1, Type: TypeIncremental},
	}}
}

// HasRDBPreamble says whether a file that begins with first, at least its first six bytes, begins with an RDB dump: a
// base file in RDB format, or the single file of Redis 4 to 6 with aof-use-rdb-preamble.
func HasRDBPreamble(first []byte) bool { return rdb.HasMagic(first) }
