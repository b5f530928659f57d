package steps

import (
	"context"
	_ "embed"

	"redbook/runbook"
	"redbook/runbook/effect"
)

//go:embed start.hcl
var startExample string

var startKind = runbook.Kind{
	Name:    "start",
	Summary: "Start the server and wait until it has loaded its data and serves",
	New:     func() runbook.Step { return new(start) },
	Timeout: long,
	Example: startExample,
}

type start struct {
	AllowEmpty bool `arg:"allow_empty" default:"false" doc:"Whether a start without any data is meant; a plan refuses it otherwise"`
}

func (s *start) Run(ctx context.Context, h runbook.Host) (any, error) {
	r, err := server(h)
	if err != nil {
		return nil, err
	}
	status, err := r.Status(ctx)
	if err != nil {
		return nil, err
	}
	if status.Serving {
		h.Note("redis.%s serves already", h.Redis())
		return nil, nil
	}
	return nil, h.Apply(ctx, &effect.Start{Redis: h.Redis(), AllowEmpty: s.AllowEmpty})
}
