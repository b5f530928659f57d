package effect

import (
	"context"
	"fmt"

	"redbook/runbook/host"
)

// Save makes the server write its dump. The dump that was there is replaced,
// as Redis itself does at any save point; there is nothing to undo.
type Save struct {
	Redis      string `json:"redis"`
	Background bool   `json:"background"`
}

func (*Save) Kind() string { return "save" }

func (e *Save) Change() Change {
	detail := "SAVE: clients wait"
	if e.Background {
		detail = "BGSAVE, awaited"
	}
	return Change{Action: "save", Target: "redis." + e.Redis, Detail: detail, Class: Additive}
}

func (e *Save) Prepare(ctx context.Context, r host.Reader) error {
	return mustServe(ctx, r, e.Redis, "save")
}

func (e *Save) Do(ctx context.Context, m host.Machine) error {
	i, err := m.Instance(e.Redis)
	if err != nil {
		return err
	}
	return i.Save(ctx, e.Background)
}

// Undo has nothing to take back: the dump stays.
func (*Save) Undo(context.Context, host.Machine, Undo) ([]string, error) { return nil, nil }

// mustServe refuses an effect that asks a server which does not serve.
func mustServe(ctx context.Context, r host.Reader, redis, what string) error {
	s, err := status(ctx, r, redis)
	if err != nil {
		return fmt.Errorf("%s redis.%s: %w", what, redis, err)
	}
	if !s.Serving {
		return fmt.Errorf("%s redis.%s: %w; start it first", what, redis, host.ErrDown)
	}
	return nil
}
