package rdb

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"
)

// A Checksum is what the end of a dump says about its bytes; zero before the end was read.
type Checksum int

const (
	Good      Checksum = iota + 1 // the bytes agree with the checksum
	Unchecked                     // the dump was written without one (rdbchecksum no): nothing vouches for its bytes
	Absent                        // RDB versions before 5 have none
)

func (c Checksum) String() string {
	switch c {
	case Good:
		return "good"
	case Unchecked:
		return "unchecked"
	case Absent:
		return "absent"
	}
	return "Checksum(" + strconv.Itoa(int(c)) + ")"
}

// A DB counts what one logical database of a dump holds.
type DB struct {
	Index   int
	Keys    uint64
	Expires uint64            // keys that have an expiry, whether it has passed or not
	Types   map[string]uint64 // keys by the names that Redis' TYPE command gives
}

// A Summary says what a dump is and holds.
type Summary struct {
	Magic      string // the first nine bytes, such as REDIS0011 or VALKEY080
	Version    int
	Valkey     bool              // the dump has Valkey's own magic (Valkey 9 and later)
	Aux        map[string]string // auxiliary fields such as redis-ver; very long ones are left out
	Created    time.Time         // the aux field ctime; zero when absent
	UsedMemory uint64            // the aux field used-mem: bytes the server used when it wrote the dump
	AOFBase    bool              // written as the base, or the preamble, of an append-only file
	DBs        []DB              // those that hold keys, sorted by index
	Functions  int               // function libraries
	Libraries  []Library         // what they are called, in the file's order; a dump of very many leaves some out
	Modules    []string          // names of the modules' types that the dump needs, sorted; Redis 8 brings vectorset itself
	Checksum   Checksum
	Size       int64 // bytes, the checksum included
}

// Keys is the number of keys in all databases.
func (s *Summary) Keys() uint64 {
	var n uint64
	for _, db := range s.DBs {
		n += db.Keys
	}
	return n
}

// MaxDB is the highest index of a database that holds keys, -1 when there is none.
func (s *Summary) MaxDB() int {
	if len(s.DBs) == 0 {
		return -1
	}
	return s.DBs[len(s.DBs)-1].Index
}

// WrittenBy is the server that wrote the dump, "Redis" or "Valkey", and its version; both are "" when it does not say.
func (s *Summary) WrittenBy() (server, version string) {
	if v := s.Aux["valkey-ver"]; v != "" {
		return "Valkey", v
	}
	if v := s.Aux["redis-ver"]; v != "" {
		return "Redis", v
	}
	return "", ""
}

// A tally counts one database while it is read.
type tally struct {
	keys, expires uint64
	types         [len(typeNames)]uint64
	modules       map[string]uint64
}

func (t *tally) db(index int) DB {
	db := DB{Index: index, Keys: t.keys, Expires: t.expires, Types: map[string]uint64{}}
	for i, n := range t.types {
		if n > 0 && i != typeModule2 {
			db.Types[typeNames[i]] += n
		}
	}
	for name, n := range t.modules {
		db.Types[name] += n
	}
	return db
}

// finish fills in what is known only at the end.
func (r *Reader) finish() {
	r.sum.Size = r.src.offset()
	for index, t := range r.tallies {
		r.sum.DBs = append(r.sum.DBs, t.db(index))
	}
	slices.SortFunc(r.sum.DBs, func(a, b DB) int { return cmp.Compare(a.Index, b.Index) })
	r.sum.Modules = slices.Sorted(maps.Keys(r.modules))
	aux := r.sum.Aux
	if t, err := strconv.ParseInt(aux["ctime"], 10, 64); err == nil {
		r.sum.Created = time.Unix(t, 0)
	}
	r.sum.UsedMemory, _ = strconv.ParseUint(aux["used-mem"], 10, 64)
	r.sum.AOFBase = aux["aof-base"] == "1" || aux["aof-preamble"] == "1"
}
