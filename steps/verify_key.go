package steps

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"redbook/runbook"
	"redbook/runbook/host"
)

//go:embed verify_key.hcl
var verifyKeyExample string

var verifyKeyKind = runbook.Kind{
	Name:    "verify-key",
	Summary: "Check one key of the server: its value, that it exists, its type, its time to live",
	New:     func() runbook.Step { return new(verifyKey) },
	Timeout: time.Minute,
	Example: verifyKeyExample,
}

type verifyKey struct {
	Key    string                `arg:"key" doc:"Name of the key"`
	DB     int64                 `arg:"db" default:"0" doc:"Number of the database"`
	Equals *runbook.Late[string] `arg:"equals" doc:"The value that a string must have"`
	Exists *bool                 `arg:"exists" doc:"Whether the key must be there; true unless given, since the other checks need it"`
	Type   *string               `arg:"type" oneof:"string,list,set,zset,hash,stream" doc:"The type that it must have"`
	MinTTL *time.Duration        `arg:"min_ttl" doc:"The least time that it must still live; a key without expiry passes"`
}

func (v *verifyKey) Check() error {
	others := v.Equals != nil || v.Type != nil || v.MinTTL != nil
	switch {
	case v.DB < 0:
		return &runbook.ArgumentError{Argument: "db", Problem: "is negative; databases count from 0"}
	case v.Exists == nil && !others:
		return &runbook.ArgumentError{Argument: "equals", Problem: "is missing, and so are exists, type and min_ttl; give at least one of them"}
	case v.Exists != nil && !*v.Exists && others:
		return &runbook.ArgumentError{Argument: "exists", Problem: "is false, and a key that is not there has no value, type or expiry; leave the others out"}
	}
	return nil
}

func (v *verifyKey) Run(ctx context.Context, h runbook.Host) (any, error) {
	s, err := server(h)
	if err != nil {
		return nil, err
	}
	key, err := s.Key(ctx, int(v.DB), v.Key)
	if err != nil {
		return nil, fmt.Errorf("look at %s: %w", v.name(), err)
	}
	if problem := v.problem(key); problem != "" {
		return nil, &runbook.CheckError{Problem: fmt.Sprintf("%s of redis.%s %s", v.name(), h.Redis(), problem)}
	}
	if v.Equals != nil && !v.Equals.Known {
		return nil, fmt.Errorf("what %s must be: %w", v.name(), host.ErrUnknown)
	}
	return nil, nil
}

func (v *verifyKey) name() string { return fmt.Sprintf("key %q in db %d", v.Key, v.DB) }

// problem says what is wrong with a key, "" when all is as demanded.
func (v *verifyKey) problem(key host.Key) string {
	wanted := v.Exists == nil || *v.Exists
	switch {
	case key.Exists && !wanted:
		return "exists, and must not"
	case !key.Exists && wanted:
		return "does not exist"
	case !key.Exists:
		return ""
	case v.Type != nil && key.Type != *v.Type:
		return fmt.Sprintf("is a %s, not a %s", key.Type, *v.Type)
	case v.Equals != nil && key.Type != "string":
		return fmt.Sprintf("is a %s; equals compares strings", key.Type)
	case v.Equals != nil && v.Equals.Known && key.Value != v.Equals.Value:
		return fmt.Sprintf("is %s, not %s", abbreviate(key.Value), abbreviate(v.Equals.Value))
	case v.MinTTL != nil && key.TTL >= 0 && key.TTL < *v.MinTTL:
		return fmt.Sprintf("lives for %s more, less than %s", key.TTL, *v.MinTTL)
	}
	return ""
}

// abbreviate quotes a value, cut to what fits in a message.
func abbreviate(s string) string {
	const most = 64
	if len(s) > most {
		return fmt.Sprintf("%q… (%d bytes)", s[:most], len(s))
	}
	return quote(s)
}
