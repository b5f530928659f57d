package runbook

import (
	"context"
	"time"

	"redbook/runbook/host"
)

// The kinds that the tests of the language use; none of them does anything.

type fakeSave struct {
	Background bool `arg:"background" default:"true" doc:"BGSAVE rather than SAVE"`
}

type fakeSaveOutputs struct {
	Path  string           `out:"path" doc:"the dump"`
	Size  Late[int64]      `out:"size" doc:"bytes"`
	Keys  map[string]int64 `out:"keys" doc:"keys per database"`
	Names []string         `out:"names" doc:"names"`
}

func (*fakeSave) Run(context.Context, Host) (any, error) { return fakeSaveOutputs{}, nil }

type fakeCopy struct {
	From     string            `arg:"from" doc:"what to copy"`
	To       string            `arg:"to" doc:"where to"`
	IfExists string            `arg:"if_exists" default:"refuse" oneof:"refuse,rotate" doc:"what to do with what is there"`
	Owner    *string           `arg:"owner" doc:"the new owner"`
	Expect   *Late[string]     `arg:"expect" doc:"the digest"`
	Labels   map[string]string `arg:"labels" optional:"true" doc:"labels"`
}

type fakeCopyOutputs struct {
	SHA256 Late[string] `out:"sha256" doc:"the digest"`
	Path   string       `out:"path" doc:"the copy"`
}

func (*fakeCopy) Run(context.Context, Host) (any, error) { return fakeCopyOutputs{}, nil }

func (c *fakeCopy) Check() error {
	if c.From == c.To {
		return &ArgumentError{Argument: "to", Problem: "A file cannot be copied onto itself: give another path."}
	}
	return nil
}

type fakeVerify struct {
	Key     string        `arg:"key" doc:"the key"`
	DB      int64         `arg:"db" default:"0" doc:"the database"`
	Equals  *Late[string] `arg:"equals" doc:"the value"`
	Exists  *bool         `arg:"exists" doc:"whether it is there"`
	MinTTL  time.Duration `arg:"min_ttl" default:"0s" doc:"the least time to live"`
	Ratio   float64       `arg:"ratio" default:"0.5" doc:"a ratio"`
	Members []string      `arg:"members" optional:"true" doc:"members"`
}

func (*fakeVerify) Run(context.Context, Host) (any, error) { return nil, nil }

type fakeLogin struct {
	Token host.Secret   `arg:"token" doc:"a secret"`
	Size  Late[int64]   `arg:"size" doc:"a number"`
	Argv  []string      `arg:"argv" doc:"a command"`
	Wait  time.Duration `arg:"wait" default:"5s" doc:"how long"`
}

func (*fakeLogin) Run(context.Context, Host) (any, error) { return nil, nil }

type fakeNothing struct{}

func (*fakeNothing) Run(context.Context, Host) (any, error) { return nil, nil }

func fakeKinds() Kinds {
	return NewKinds(
		Kind{Name: "save", New: func() Step { return &fakeSave{} }, Outputs: fakeSaveOutputs{Path: "/var/lib/redis/dump.rdb", Keys: map[string]int64{"0": 3}, Names: []string{"a"}}, Timeout: time.Hour},
		Kind{Name: "copy", New: func() Step { return &fakeCopy{} }, Outputs: fakeCopyOutputs{Path: "/backups/dump.rdb"}, Timeout: time.Hour, NoRedis: true},
		Kind{Name: "verify-key", New: func() Step { return &fakeVerify{} }, Timeout: time.Minute},
		Kind{Name: "login", New: func() Step { return &fakeLogin{} }, NoRedis: true},
		Kind{Name: "nothing", New: func() Step { return &fakeNothing{} }, NoRedis: true},
	)
}

// testTime is what timestamp() says in tests.
var testTime = time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC)
