package steps

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"redbook/runbook"
	"redbook/runbook/effect"
	"redbook/runbook/host"
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

type stopService struct {
	Save bool `arg:"save" default:"true" doc:"Whether a server with save points writes its dump as it ends. false is for one with its AOF on, which holds as much: the outage is shorter by that"`
}

func (stop *stopService) Run(ctx context.Context, h runbook.Host) (any, error) {
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
	if !stop.Save && status.Serving {
		if err := dropSavePoints(ctx, h, s); err != nil {
			return nil, err
		}
	}
	return nil, h.Apply(ctx, &effect.Stop{Redis: h.Redis()})
}

// dropSavePoints keeps a server from writing its dump as it ends. Its config
// file still has the save points for the next start.
func dropSavePoints(ctx context.Context, h runbook.Host, s host.Server) error {
	d, err := s.Describe(ctx)
	if err != nil {
		return err
	}
	if d.Untold {
		h.Note("redis.%s tells nobody its options: it writes its dump as it ends, and clients wait for that", h.Redis())
		return nil
	}
	points, err := s.Option(ctx, "save")
	if err != nil || points == "" {
		return err
	}
	if err := mustHoldAll(ctx, h, s); err != nil {
		return err
	}
	return h.Apply(ctx, &effect.SetOption{Redis: h.Redis(), Name: "save", Value: ""})
}

// mustHoldAll refuses to stop a server unsaved whose AOF lacks something.
func mustHoldAll(ctx context.Context, h runbook.Host, s host.Server) error {
	aof, err := s.Option(ctx, "appendonly")
	if err != nil {
		return err
	}
	info, err := s.Info(ctx)
	if err != nil {
		return err
	}
	var problem string
	switch status, told := info["aof_last_write_status"]; {
	case aof != "yes":
		problem = "its AOF is off"
	case told && status != "ok":
		problem = "its last write to the AOF failed"
	default:
		return nil
	}
	return &runbook.CheckError{
		Problem: fmt.Sprintf("stopped without a save, redis.%s would lose what was written since its last one: %s", h.Redis(), problem),
		Remedy:  "leave save = false out of this step",
	}
}
