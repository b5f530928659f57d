package effect

import (
	"context"
	"fmt"
	"time"

	"redbook/runbook/host"
)

// Stop stops a Redis server and waits until its main process is gone.
type Stop struct {
	Redis  string       `json:"redis"`
	Before *host.Status `json:"before,omitempty"`
	After  *place       `json:"after,omitempty"` // where an undo has to find its data
}

func (*Stop) Kind() string { return "stop" }

func (e *Stop) Change() Change {
	return Change{Action: "stop", Target: "redis." + e.Redis, Detail: "until its process is gone", Class: Reversible}
}

func (e *Stop) Prepare(ctx context.Context, r host.Reader) error {
	s, err := status(ctx, r, e.Redis)
	if err != nil {
		return fmt.Errorf("stop redis.%s: %w", e.Redis, err)
	}
	e.Before, e.After = &s, placeOf(ctx, r, e.Redis)
	return nil
}

func (e *Stop) Do(ctx context.Context, m host.Machine) error { return stop(ctx, m, e.Redis) }

func (e *Stop) Undo(ctx context.Context, m host.Machine, _ Undo) ([]string, error) {
	if e.Before.PID == 0 {
		return nil, nil
	}
	now, err := e.settled(ctx, m)
	if err != nil {
		return nil, fmt.Errorf("undo stop: %w", err)
	}
	if now.Serving {
		return nil, nil
	}
	if err := e.After.check(ctx, m, e.Redis); err != nil {
		return nil, fmt.Errorf("undo stop: %w", err)
	}
	i, err := m.Instance(e.Redis)
	if err != nil {
		return nil, fmt.Errorf("undo stop: %w", err)
	}
	return nil, i.Start(ctx)
}

// settled is the status when the process of before will no longer end of a signal that
// a Do which was cut off has sent: a server looks at that once in a tenth of a second, or
// in a second at most (hz), and may then save for long.
func (e *Stop) settled(ctx context.Context, r host.Reader) (host.Status, error) {
	for served := 0; ; {
		now, err := status(ctx, r, e.Redis)
		if err != nil || now.PID != e.Before.PID || served > 20 {
			return now, err
		}
		if now.Serving {
			served++
		}
		if err := r.Sleep(ctx, 50*time.Millisecond); err != nil {
			return now, err
		}
	}
}
