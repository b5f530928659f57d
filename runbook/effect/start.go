package effect

import (
	"context"
	"fmt"

	"redbook/runbook/host"
)

// Start starts a Redis server and waits until it serves.
type Start struct {
	Redis      string       `json:"redis"`
	AllowEmpty bool         `json:"allow_empty,omitempty"` // a start without data is meant
	Before     *host.Status `json:"before,omitempty"`
}

func (*Start) Kind() string { return "start" }

func (e *Start) Change() Change {
	return Change{Action: "start", Target: "redis." + e.Redis, Detail: "until it serves", Class: Reversible}
}

func (e *Start) Prepare(ctx context.Context, r host.Reader) error {
	s, err := status(ctx, r, e.Redis)
	if err != nil {
		return fmt.Errorf("start redis.%s: %w", e.Redis, err)
	}
	e.Before = &s
	return nil
}

// emptyStarter is an instance that wants to know beforehand whether starting
// without data is meant: the picture, which would refuse it.
type emptyStarter interface{ AllowEmpty() }

func (e *Start) Do(ctx context.Context, m host.Machine) error {
	i, err := m.Instance(e.Redis)
	if err != nil {
		return err
	}
	if s, ok := i.(emptyStarter); ok && e.AllowEmpty {
		s.AllowEmpty()
	}
	return i.Start(ctx)
}

func (e *Start) Undo(ctx context.Context, m host.Machine, _ Undo) ([]string, error) {
	if e.Before.PID != 0 {
		return nil, nil
	}
	now, err := status(ctx, m, e.Redis)
	if err != nil {
		return nil, fmt.Errorf("undo start: %w", err)
	}
	if now.PID == 0 {
		return nil, nil
	}
	return nil, stop(ctx, m, e.Redis)
}

func status(ctx context.Context, r host.Reader, redis string) (host.Status, error) {
	s, err := r.Server(redis)
	if err != nil {
		return host.Status{}, err
	}
	return s.Status(ctx)
}

func stop(ctx context.Context, m host.Machine, redis string) error {
	i, err := m.Instance(redis)
	if err != nil {
		return err
	}
	return i.Stop(ctx)
}
