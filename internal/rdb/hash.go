package rdb

import (
	"strconv"
	"time"
)

// hash decodes a hash in any of its encodings into k.
func (r *Reader) hash(k *Key, at int64) (err error) {
	var flat [][]byte
	switch r.kind {
	case typeHash:
		flat, err = r.strings(2)
	case typeHashZipmap:
		flat, err = r.encoded("zipmap", zipmap)
	case typeHashZiplist:
		flat, err = r.encoded("ziplist", ziplist)
	case typeHashListpack:
		flat, err = r.encoded("listpack", listpack)
	case typeHashListpackEx, typeHashPackPreGA:
		return r.expiringListpack(k, at)
	default:
		return r.expiringHash(k, at)
	}
	if err != nil {
		return err
	}
	if len(flat)%2 != 0 {
		return corrupt(at, "hash with a field that has no value")
	}
	h := newHashValue(k)
	for i := 0; i < len(flat); i += 2 {
		if err := h.set(at, flat[i], flat[i+1], 0); err != nil {
			return err
		}
	}
	return nil
}

// expiringListpack decodes a hash with field expiries as a listpack of field, value and expiry (0: none).
func (r *Reader) expiringListpack(k *Key, at int64) error {
	if r.kind == typeHashListpackEx {
		if _, err := r.src.millis(); err != nil { // the first expiry, a hint
			return err
		}
	}
	flat, err := r.encoded("listpack", listpack)
	if err != nil {
		return err
	}
	if len(flat)%3 != 0 {
		return corrupt(at, "hash whose listpack does not hold fields, values and expiries")
	}
	h := newHashValue(k)
	for i := 0; i < len(flat); i += 3 {
		expiry, err := strconv.ParseInt(string(flat[i+2]), 10, 64)
		if err != nil || expiry < 0 {
			return corrupt(at, "hash field %q with expiry %q", flat[i], flat[i+2])
		}
		if err := h.set(at, flat[i], flat[i+1], expiry); err != nil {
			return err
		}
	}
	return nil
}

// expiringHash decodes a hash with field expiries as a count and so many records.
func (r *Reader) expiringHash(k *Key, at int64) error {
	var first int64
	if r.kind == typeHashMeta {
		t, err := r.src.millis()
		if err != nil {
			return err
		}
		first = t
	}
	n, err := r.src.count()
	if err != nil {
		return err
	}
	h := newHashValue(k)
	for ; n > 0; n-- {
		field, value, expiry, err := r.expiringField(first)
		if err != nil {
			return err
		}
		if err := h.set(at, field, value, expiry); err != nil {
			return err
		}
	}
	return nil
}

// expiringField reads one record: in Redis the expiry comes first, relative to the first of the hash in the released
// format; in Valkey it comes last, and -1 is none.
func (r *Reader) expiringField(first int64) (field, value []byte, expiry int64, err error) {
	at := r.src.offset()
	if r.kind != typeHashValkey {
		n, err := r.src.count()
		if err != nil {
			return nil, nil, 0, err
		}
		expiry = int64(n)
		if r.kind == typeHashMeta && expiry != 0 {
			expiry += first - 1
		}
	}
	if field, err = r.src.string(); err != nil {
		return nil, nil, 0, err
	}
	if value, err = r.src.string(); err != nil {
		return nil, nil, 0, err
	}
	if r.kind == typeHashValkey {
		if expiry, err = r.src.millis(); err != nil {
			return nil, nil, 0, err
		}
		if expiry == -1 {
			expiry = 0
		}
	}
	if expiry < 0 {
		return nil, nil, 0, corrupt(at, "hash field %q with an expiry before 1970", field)
	}
	return field, value, expiry, nil
}

type hashValue struct {
	key    *Key
	fields map[string][]byte
}

func newHashValue(k *Key) hashValue {
	h := hashValue{key: k, fields: map[string][]byte{}}
	k.Value = h.fields
	return h
}

// set adds a field that is not there yet; expiry is in milliseconds since 1970, 0 for none.
func (h hashValue) set(at int64, field, value []byte, expiry int64) error {
	if _, twice := h.fields[string(field)]; twice {
		return corrupt(at, "hash with field %q twice", field)
	}
	h.fields[string(field)] = value
	if expiry != 0 {
		if h.key.FieldExpireAt == nil {
			h.key.FieldExpireAt = map[string]time.Time{}
		}
		h.key.FieldExpireAt[string(field)] = time.UnixMilli(expiry)
	}
	return nil
}
