package inspect

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"redbook/internal/rdb"
)

// A Value is a key with its value, in the form that JSON gives it: a string, an array of strings for a list and a set, of
// objects for a hash and a sorted set, an object for a stream. What is not UTF-8 is
// an object with its bytes in base64.
type Value struct {
	Key
	Value any `json:"value"`
}

// MarshalJSON writes the key and the value: without it, Key's own would be promoted.
func (v Value) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		keyFields
		Value any `json:"value"`
	}{v.fields(), v.Value})
}

// MarshalJSON writes the difference and the key.
func (d Difference) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Change Change   `json:"change"`
		What   []string `json:"what,omitempty"`
		keyFields
	}{d.Change, d.What, d.fields()})
}

// MarshalJSON writes the key; key is an object with base64 where the name is not UTF-8.
func (k Key) MarshalJSON() ([]byte, error) { return json.Marshal(k.fields()) }

type keyFields struct {
	DB        int        `json:"db"`
	Name      any        `json:"key"`
	Type      string     `json:"type"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	Size      int64      `json:"size,omitempty"`
}

func (k Key) fields() keyFields {
	return keyFields{k.DB, text([]byte(k.Name)), k.Type, k.ExpiresAt, k.Size}
}

func text(p []byte) any {
	if utf8.Valid(p) {
		return string(p)
	}
	return struct {
		Base64 []byte `json:"base64"`
	}{p}
}

func texts(all [][]byte) []any {
	out := make([]any, len(all))
	for i, p := range all {
		out[i] = text(p)
	}
	return out
}

// NewValue makes a key ready for JSON.
func NewValue(k *rdb.Key) Value {
	v := Value{Key: Key{DB: k.DB, Name: string(k.Name), Type: k.Type, ExpiresAt: moment(k.ExpireAt)}}
	switch x := k.Value.(type) {
	case []byte:
		v.Value = text(x)
	case [][]byte:
		v.Value = texts(x)
	case map[string][]byte:
		v.Value = hash(k, x)
	case []rdb.Member:
		v.Value = members(x)
	case *rdb.Stream:
		v.Value = stream(x)
	case rdb.Module:
		v.Value = map[string]any{"module": x.Name, "encoding_version": x.Version}
	}
	return v
}

// A field is one of a hash; an array of them holds names that an object could not.
type field struct {
	Field     any        `json:"field"`
	Value     any        `json:"value"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
}

func hash(k *rdb.Key, fields map[string][]byte) any {
	out := make([]field, 0, len(fields))
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		out = append(out, field{text([]byte(name)), text(fields[name]), moment(k.FieldExpireAt[name])})
	}
	return out
}

func members(all []rdb.Member) any {
	type member struct {
		Member any    `json:"member"`
		Score  string `json:"score"` // JSON has no infinity
	}
	out := make([]member, len(all))
	for i, m := range all {
		out[i] = member{text(m.Name), strconv.FormatFloat(m.Score, 'g', -1, 64)}
	}
	return out
}

func stream(s *rdb.Stream) any {
	type entry struct {
		ID     string  `json:"id"`
		Fields []field `json:"fields"`
	}
	type group struct {
		Name      any    `json:"name"`
		LastID    string `json:"last_id"`
		Consumers int    `json:"consumers"`
		Pending   int    `json:"pending"`
	}
	out := struct {
		LastID  string  `json:"last_id"`
		Entries []entry `json:"entries"`
		Groups  []group `json:"groups"`
	}{s.LastID.String(), []entry{}, []group{}}
	for _, e := range s.Entries {
		fields := []field{}
		for _, f := range e.Fields {
			fields = append(fields, field{Field: text(f.Name), Value: text(f.Value)})
		}
		out.Entries = append(out.Entries, entry{e.ID.String(), fields})
	}
	for _, g := range s.Groups {
		out.Groups = append(out.Groups, group{text(g.Name), g.LastID.String(), len(g.Consumers), len(g.Pending)})
	}
	return out
}
