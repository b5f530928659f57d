package inspect

import (
	"strings"
	"time"

	"redbook/internal/rdb"
)

// A Report says what a file or a directory is and holds.
type Report struct {
	Path        string    `json:"path"`
	Kind        string    `json:"kind"`                  // "dump", "aof" (one file) or "aof directory"
	Size        int64     `json:"size"`                  // bytes, uncompressed
	Compression string    `json:"compression,omitempty"` // "gzip", "zstd"; of a single file
	Dump        *Dump     `json:"dump,omitempty"`        // nil for an AOF without one
	Commands    *Commands `json:"commands,omitempty"`
	Parts       []Part    `json:"parts,omitempty"`   // of an AOF directory
	Unnamed     []string  `json:"unnamed,omitempty"` // files in the directory that the manifest does not name
}

// A Dump says what is in a dump, or in the part of an append-only file that is one.
type Dump struct {
	Format     string            `json:"format"` // such as REDIS0010
	Version    int               `json:"version"`
	Server     string            `json:"server,omitempty"` // "Redis" or "Valkey"
	ServerVer  string            `json:"server_version,omitempty"`
	Created    *time.Time        `json:"created,omitempty"`
	UsedMemory uint64            `json:"used_memory,omitempty"` // bytes that the server used when it wrote the dump
	AOFBase    bool              `json:"aof_base,omitempty"`
	Checksum   string            `json:"checksum"` // good, unchecked or absent
	Size       int64             `json:"size"`
	Keys       uint64            `json:"keys"`
	DBs        []DB              `json:"dbs"`
	Expiries   Expiries          `json:"expiries"`
	Types      []Tally           `json:"types"`
	Largest    []Key             `json:"largest"`
	Prefixes   []Tally           `json:"prefixes"`
	Functions  int               `json:"functions"`
	Libraries  []string          `json:"libraries,omitempty"`
	Modules    []string          `json:"modules,omitempty"`
	Aux        map[string]string `json:"aux,omitempty"`
}

// A DB counts one database.
type DB struct {
	Index   int               `json:"db"`
	Keys    uint64            `json:"keys"`
	Expires uint64            `json:"expires"`
	Types   map[string]uint64 `json:"types"`
}

// Expiries counts keys that have one.
type Expiries struct {
	Keys   uint64     `json:"keys"`
	Passed uint64     `json:"passed"`          // those that no server will have after a load
	First  *time.Time `json:"first,omitempty"` // of those that have not passed
	Last   *time.Time `json:"last,omitempty"`
}

// A Tally counts the keys that have something in common.
type Tally struct {
	Name  string `json:"name"` // "" for the rest
	Keys  uint64 `json:"keys"`
	Bytes uint64 `json:"bytes"` // that they take in the dump
}

// A Key is one key without its value.
type Key struct {
	DB        int
	Name      string
	Type      string
	ExpiresAt *time.Time // nil: none
	Size      int64      // bytes that it takes in the dump
}

// Commands says what was written after the dump of an append-only file, or what one without a dump consists of.
type Commands struct {
	Count int64      `json:"count"`
	Bytes int64      `json:"bytes"`
	First *time.Time `json:"first,omitempty"` // where the server notes times (aof-timestamp-enabled)
	Last  *time.Time `json:"last,omitempty"`
}

// A Part is one file of an append-only directory.
type Part struct {
	Name     string    `json:"name"`
	Type     string    `json:"type"` // base, incr or history
	Seq      int       `json:"seq"`
	Size     int64     `json:"size"`
	HasDump  bool      `json:"has_dump"`
	Commands *Commands `json:"commands,omitempty"`
}

func newKey(e *rdb.Entry, size int64) Key {
	return Key{DB: e.DB, Name: string(e.Name), Type: e.Type, ExpiresAt: moment(e.ExpireAt), Size: size}
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// describe copies what a dump says of itself.
func (d *Dump) describe(s *rdb.Summary) {
	d.Format, d.Version, d.AOFBase = strings.ToValidUTF8(s.Magic, "?"), s.Version, s.AOFBase
	d.Server, d.ServerVer = s.WrittenBy()
	d.Created, d.UsedMemory, d.Checksum = moment(s.Created), s.UsedMemory, s.Checksum.String()
	d.Size, d.Keys, d.Functions, d.Modules, d.Aux = s.Size, s.Keys(), s.Functions, s.Modules, s.Aux
	for _, l := range s.Libraries {
		d.Libraries = append(d.Libraries, l.Name)
	}
	d.DBs = []DB{}
	for _, db := range s.DBs {
		d.DBs = append(d.DBs, DB{Index: db.Index, Keys: db.Keys, Expires: db.Expires, Types: db.Types})
	}
}
