package steps

import (
	"context"
	_ "embed"
	"time"

	"redbook/runbook"
	"redbook/runbook/effect"
)

//go:embed stop_service.hcl
var stopServiceExample string

var stopServiceKind = runbook.Kind{
	Name:    "stop-service",
	Summary: "Stop the server and wait until its main process is gone",
	New:     func() runbook.Step { return new(stopService) },
	Timeout: 5 * time.Minute,
	Example: stopServiceExample,
}

type stopService struct{}

func (*stopService) Run(ctx context.Context, h runbook.Host) (any, error) {
	s, err := server(h)
	if err != nil {
		return nil, err
	}
	status, err := s.Status(ctx)
	if err != nil {
		return nil, err
	}
	if status.PID == 0 && !status.Restarting {
		h.Note("redis.%s is stopped already", h.Redis())
		return nil, nil
	}
	return nil, h.Apply(ctx, &effect.Stop{Redis: h.Redis()})
}
