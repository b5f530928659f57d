package inspect

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"

	"redbook/internal/rdb"
)

// A Change says how a key differs between two backups.
type Change string

// Changes of a key from the older to the newer backup.
const (
	Added   Change = "added"
	Removed Change = "removed"
	Changed Change = "changed"
)

// A Difference is one key that differs.
type Difference struct {
	Change Change
	What   []string // of a changed key: value, type, expiry
	Key
}

// A Comparison counts.
type Comparison struct {
	Same    uint64 `json:"same"`
	Added   uint64 `json:"added"`
	Removed uint64 `json:"removed"`
	Changed uint64 `json:"changed"`
	Later   int64  `json:"commands_not_compared,omitempty"` // in append-only files, after the dumps
}

// ErrOnce says that of two backups at most one can be the standard input.
var ErrOnce = errors.New("only one of two backups can be read from the standard input")

// A state is what is kept of a key: 16 bytes of digests are more than enough to tell keys apart by chance.
type state struct {
	value  [16]byte
	expiry int64 // milliseconds; 0: none
	kind   uint32
	seen   bool
}

type keyID [16]byte

// Diff reads two backups and shows each key of their dumps that differs, in the order of the files. It keeps a digest
// of each key of one of them, some 80 bytes, and reads that one again when the other lacks some of its keys.
//
// Compared are values whatever their encoding, as [rdb.Key.Digest] has it, and expiries, not the expiries of a hash's
// fields nor what a module keeps.
func Diff(older, newer *Backup, show func(Difference) error) (Comparison, error) {
	kept, streamed := older, newer
	if older.Once() {
		if newer.Once() {
			return Comparison{}, ErrOnce
		}
		kept, streamed = newer, older
	}
	d := &differ{kept: map[keyID]state{}, show: show, backwards: kept == newer}
	err := d.keep(kept)
	if err == nil {
		err = d.compare(streamed)
	}
	if err == nil && d.unseen > 0 {
		err = d.rest(kept)
	}
	return d.sum, err
}

type differ struct {
	kept      map[keyID]state
	show      func(Difference) error
	backwards bool // the newer one is kept
	unseen    int  // keys of the kept one that the other does not have
	sum       Comparison
}

func (d *differ) walk(b *Backup, visit visitor) error {
	all, err := b.walk(visit, nil)
	if err == nil && all.dump == nil {
		err = errNoDump(b)
	}
	d.sum.Later = max(d.sum.Later, all.commands.Commands)
	return err
}

func (d *differ) keep(b *Backup) error {
	err := d.walk(b, func(r *rdb.Reader, e *rdb.Entry) error {
		s, err := stateOf(r, e)
		d.kept[identify(e)] = s
		return err
	})
	d.unseen = len(d.kept)
	return err
}

func (d *differ) compare(b *Backup) error {
	return d.walk(b, func(r *rdb.Reader, e *rdb.Entry) error {
		id := identify(e)
		was, found := d.kept[id]
		now, err := stateOf(r, e)
		if err != nil {
			return err
		}
		if !found {
			return d.lone(e, r.Size(), !d.backwards)
		}
		if !was.seen {
			was.seen = true
			d.kept[id] = was
			d.unseen--
		}
		what := was.differs(now)
		if what == nil {
			d.sum.Same++
			return nil
		}
		d.sum.Changed++
		return d.show(Difference{Changed, what, newKey(e, r.Size())})
	})
}

// rest reads the kept backup again for the names that the other does not have.
func (d *differ) rest(b *Backup) error {
	later := d.sum.Later
	defer func() { d.sum.Later = later }()
	return d.walk(b, func(r *rdb.Reader, e *rdb.Entry) error {
		if d.kept[identify(e)].seen {
			return nil
		}
		if err := r.Skip(); err != nil {
			return err
		}
		return d.lone(e, r.Size(), d.backwards)
	})
}

func (d *differ) lone(e *rdb.Entry, size int64, isNew bool) error {
	if isNew {
		d.sum.Added++
		return d.show(Difference{Added, nil, newKey(e, size)})
	}
	d.sum.Removed++
	return d.show(Difference{Removed, nil, newKey(e, size)})
}

func identify(e *rdb.Entry) keyID {
	var db [8]byte
	binary.LittleEndian.PutUint64(db[:], uint64(e.DB))
	h := sha256.New()
	h.Write(db[:])
	h.Write(e.Name)
	return keyID(h.Sum(nil)[:16])
}

func stateOf(r *rdb.Reader, e *rdb.Entry) (state, error) {
	k, err := r.Key()
	if err != nil {
		return state{}, err
	}
	digest := k.Digest()
	kind := sha256.Sum256([]byte(k.Type))
	return state{value: [16]byte(digest[:16]), expiry: millis(e.ExpireAt), kind: binary.LittleEndian.Uint32(kind[:])}, nil
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func (s state) differs(t state) (what []string) {
	switch {
	case s.kind != t.kind:
		what = append(what, "type")
	case s.value != t.value:
		what = append(what, "value")
	}
	if s.expiry != t.expiry {
		what = append(what, "expiry")
	}
	return what
}
