package rdb

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"time"
)

// A Key is one key of a dump with its value.
type Key struct {
	DB       int
	Name     []byte
	Type     string    // as Redis' TYPE command names it
	ExpireAt time.Time // zero: none

	// Value is []byte for a string, [][]byte for a list and for a set (in the file's order), map[string][]byte for a
	// hash, []Member for a sorted set, *Stream for a stream, Module for anything else.
	Value any

	// FieldExpireAt holds the expiries of a hash's fields that have one; nil when none has.
	FieldExpireAt map[string]time.Time
}

// A Member is an element of a sorted set.
type Member struct {
	Name  []byte
	Score float64
}

// Key decodes the current key's value, which takes memory for all of it. It panics when there is no current key, or its
// value was skipped or decoded already.
func (r *Reader) Key() (*Key, error) {
	if r.err != nil {
		return nil, r.err
	}
	if !r.pending {
		panic("rdb: Key called without a key whose value is unread")
	}
	r.pending = false
	e := &r.entry
	k := &Key{DB: e.DB, Name: bytes.Clone(e.Name), Type: e.Type, ExpireAt: e.ExpireAt}
	at := r.src.offset()
	if r.err = r.decode(k, at); r.err != nil {
		return nil, r.err
	}
	r.size = r.src.offset() - r.start
	return k, nil
}

func (r *Reader) decode(k *Key, at int64) (err error) {
	switch r.kind {
	case typeString:
		k.Value, err = r.src.string()
	case typeList, typeListZiplist, typeQuicklist, typeQuicklist2:
		k.Value, err = r.list()
	case typeSet, typeSetIntset, typeSetListpack:
		k.Value, err = r.set(at)
	case typeZset, typeZset2, typeZsetZiplist, typeZsetListpack:
		k.Value, err = r.zset(at)
	case typeStream, typeStream2, typeStream3, typeStream4:
		k.Value, err = r.stream()
	case typeModule2:
		k.Value, err = Module{Name: k.Type, Version: int(r.module & 1023)}, r.skipModuleValue()
	default:
		err = r.hash(k, at)
	}
	return err
}

// encoded reads one blob and decodes it.
func (r *Reader) encoded(what string, decode func([]byte) ([][]byte, bool)) ([][]byte, error) {
	at := r.src.offset()
	blob, err := r.src.string()
	if err != nil {
		return nil, err
	}
	elements, ok := decode(blob)
	if !ok {
		return nil, corrupt(at, "corrupt %s", what)
	}
	return elements, nil
}

// strings reads a count and so many times each strings.
func (r *Reader) strings(each uint64) ([][]byte, error) {
	at := r.src.offset()
	n, err := r.src.count()
	if err != nil {
		return nil, err
	}
	if n > math.MaxInt64/each {
		return nil, corrupt(at, "a value of %d elements", n)
	}
	var elements [][]byte
	for n *= each; n > 0; n-- {
		s, err := r.src.string()
		if err != nil {
			return nil, err
		}
		elements = append(elements, s)
	}
	return elements, nil
}

func (r *Reader) list() ([][]byte, error) {
	switch r.kind {
	case typeList:
		return r.strings(1)
	case typeListZiplist:
		return r.encoded("ziplist", ziplist)
	}
	nodes, err := r.src.count()
	if err != nil {
		return nil, err
	}
	var list [][]byte
	for ; nodes > 0; nodes-- {
		elements, err := r.listNode()
		if err != nil {
			return nil, err
		}
		list = append(list, elements...)
	}
	return list, nil
}

func (r *Reader) listNode() ([][]byte, error) {
	if r.kind == typeQuicklist {
		return r.encoded("ziplist", ziplist)
	}
	at := r.src.offset()
	container, err := r.src.count()
	if err != nil {
		return nil, err
	}
	switch container {
	case nodePlain:
		s, err := r.src.string()
		return [][]byte{s}, err
	case nodePacked:
		return r.encoded("listpack", listpack)
	}
	return nil, corrupt(at, "unknown list node container %d", container)
}

func (r *Reader) set(at int64) (members [][]byte, err error) {
	switch r.kind {
	case typeSetIntset:
		members, err = r.encoded("intset", intset)
	case typeSetListpack:
		members, err = r.encoded("listpack", listpack)
	default:
		members, err = r.strings(1)
	}
	if err != nil {
		return nil, err
	}
	seen := make(map[string]bool, len(members))
	for _, m := range members {
		if seen[string(m)] {
			return nil, corrupt(at, "set with member %q twice", m)
		}
		seen[string(m)] = true
	}
	return members, nil
}

// zset returns the members by score, then by name, as the server orders them.
func (r *Reader) zset(at int64) (members []Member, err error) {
	switch r.kind {
	case typeZsetZiplist:
		members, err = r.encodedZset(at, "ziplist", ziplist)
	case typeZsetListpack:
		members, err = r.encodedZset(at, "listpack", listpack)
	default:
		members, err = r.plainZset()
	}
	if err != nil {
		return nil, err
	}
	seen := make(map[string]bool, len(members))
	for _, m := range members {
		if math.IsNaN(m.Score) {
			return nil, corrupt(at, "sorted set member %q with a score that is not a number", m.Name)
		}
		if seen[string(m.Name)] {
			return nil, corrupt(at, "sorted set with member %q twice", m.Name)
		}
		seen[string(m.Name)] = true
	}
	slices.SortFunc(members, func(a, b Member) int {
		return cmp.Or(cmp.Compare(a.Score, b.Score), bytes.Compare(a.Name, b.Name))
	})
	return members, nil
}

func (r *Reader) encodedZset(at int64, what string, decode func([]byte) ([][]byte, bool)) ([]Member, error) {
	elements, err := r.encoded(what, decode)
	if err != nil {
		return nil, err
	}
	if len(elements)%2 != 0 {
		return nil, corrupt(at, "sorted set with a member that has no score")
	}
	members := make([]Member, 0, len(elements)/2)
	for i := 0; i < len(elements); i += 2 {
		score, err := parseScore(elements[i+1])
		if err != nil {
			return nil, corrupt(at, "sorted set member %q with score %q", elements[i], elements[i+1])
		}
		members = append(members, Member{Name: elements[i], Score: score})
	}
	return members, nil
}

func (r *Reader) plainZset() ([]Member, error) {
	n, err := r.src.count()
	if err != nil {
		return nil, err
	}
	var members []Member
	for ; n > 0; n-- {
		name, err := r.src.string()
		if err != nil {
			return nil, err
		}
		score, err := r.score()
		if err != nil {
			return nil, err
		}
		members = append(members, Member{Name: name, Score: score})
	}
	return members, nil
}

// Lengths of a score in text that stand for a value instead (rdb.c, rdbLoadDoubleValue).
const (
	scoreNaN         = 253
	scoreInfinity    = 254
	scoreNegInfinity = 255
)

func (r *Reader) score() (float64, error) {
	if r.kind == typeZset2 {
		p, err := r.src.take(8)
		if err != nil {
			return 0, err
		}
		return math.Float64frombits(binary.LittleEndian.Uint64(p)), nil
	}
	at := r.src.offset()
	n, err := r.src.byte()
	if err != nil {
		return 0, err
	}
	switch n {
	case scoreNaN:
		return math.NaN(), nil
	case scoreInfinity:
		return math.Inf(1), nil
	case scoreNegInfinity:
		return math.Inf(-1), nil
	}
	p, err := r.src.take(int(n))
	if err != nil {
		return 0, err
	}
	score, err := parseScore(p)
	if err != nil {
		return 0, corrupt(at, "sorted set score %q", p)
	}
	return score, nil
}

// parseScore takes what the server's strtod takes; a number too large for a float64 is infinite there too.
func parseScore(text []byte) (float64, error) {
	score, err := strconv.ParseFloat(string(text), 64)
	if err != nil && math.IsInf(score, 0) {
		return score, nil
	}
	return score, err
}
