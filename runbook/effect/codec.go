package effect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// kinds makes an empty effect of each kind, to decode into.
var kinds = map[string]func() Effect{
	"rename":        func() Effect { return new(Rename) },
	"copy":          func() Effect { return new(Copy) },
	"set-attr":      func() Effect { return new(SetAttr) },
	"edit-config":   func() Effect { return new(EditConfig) },
	"start":         func() Effect { return new(Start) },
	"stop":          func() Effect { return new(Stop) },
	"save":          func() Effect { return new(Save) },
	"try-write":     func() Effect { return new(TryWrite) },
	"rewrite-aof":   func() Effect { return new(RewriteAOF) },
	"build-aof":     func() Effect { return new(BuildAOF) },
	"set-option":    func() Effect { return new(SetOption) },
	"exec":          func() Effect { return new(Exec) },
	"fetch-dump":    func() Effect { return new(FetchDump) },
	"push":          func() Effect { return new(Push) },
	"fetch":         func() Effect { return new(Fetch) },
	"remote-rename": func() Effect { return new(RemoteRename) },
	"load-dataset":  func() Effect { return new(LoadDataset) },
	"rdiff-stage":   func() Effect { return new(RdiffStage) },
	"rdiff-backup":  func() Effect { return new(RdiffBackup) },
	"rdiff-unstage": func() Effect { return new(RdiffUnstage) },
	"rdiff-prune":   func() Effect { return new(RdiffPrune) },
	"rdiff-restore": func() Effect { return new(RdiffRestore) },
}

// Kinds lists the names of all effects, sorted.
func Kinds() []string { return slices.Sorted(maps.Keys(kinds)) }

// Encoded is an effect as it stands in a plan or a journal.
type Encoded struct {
	Kind   string          `json:"kind"`
	Effect json.RawMessage `json:"effect"`
}

// Encode writes an effect down, with what Prepare and Do filled in.
func Encode(e Effect) (Encoded, error) {
	raw, err := json.Marshal(e)
	if err != nil {
		return Encoded{}, fmt.Errorf("encode effect %s: %w", e.Kind(), err)
	}
	return Encoded{Kind: e.Kind(), Effect: raw}, nil
}

// Decode reads back what Encode wrote. An unknown kind or field is an error:
// another version of redbook wrote it, and guessing what it did is no ground
// for an undo.
func Decode(enc Encoded) (Effect, error) {
	empty, ok := kinds[enc.Kind]
	if !ok {
		return nil, fmt.Errorf("decode effect: kind %q is unknown to this version of redbook", enc.Kind)
	}
	e := empty()
	dec := json.NewDecoder(bytes.NewReader(enc.Effect))
	dec.DisallowUnknownFields()
	if err := dec.Decode(e); err != nil {
		return nil, fmt.Errorf("decode effect %s: %w", enc.Kind, err)
	}
	return e, nil
}

// Arguments is an effect's JSON without what Prepare and Do fill in: its
// identity. Two effects of one kind that do the same have the same arguments,
// byte for byte.
func Arguments(enc Encoded) (json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(enc.Effect, &fields); err != nil {
		return nil, fmt.Errorf("identify effect %s: %w", enc.Kind, err)
	}
	delete(fields, "before")
	delete(fields, "after")
	raw, err := json.Marshal(fields) // keys sorted
	if err != nil {
		return nil, fmt.Errorf("identify effect %s: %w", enc.Kind, err)
	}
	return raw, nil
}
