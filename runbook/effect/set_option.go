package effect

import (
	"context"
	"errors"
	"fmt"

	"redbook/runbook/host"
)

// SetOption sets one option of a running server, as CONFIG SET does.
type SetOption struct {
	Redis  string  `json:"redis"`
	Name   string  `json:"name"`
	Value  string  `json:"value"`
	Before *string `json:"before,omitempty"`
}

func (*SetOption) Kind() string { return "set-option" }

func (e *SetOption) Change() Change {
	return Change{Action: "set", Target: "redis." + e.Redis, Detail: e.Name + " " + e.Value, Class: Reversible}
}

func (e *SetOption) Prepare(ctx context.Context, r host.Reader) error {
	s, err := r.Server(e.Redis)
	if err != nil {
		return err
	}
	v, err := s.Option(ctx, e.Name)
	if err != nil {
		return fmt.Errorf("set %s of redis.%s: %w", e.Name, e.Redis, err)
	}
	e.Before = &v
	return nil
}

func (e *SetOption) Do(ctx context.Context, m host.Machine) error {
	i, err := m.Instance(e.Redis)
	if err != nil {
		return err
	}
	return i.SetOption(ctx, e.Name, e.Value)
}

// Undo of a stopped server's option is nothing: it reads its config at start.
func (e *SetOption) Undo(ctx context.Context, m host.Machine, _ Undo) ([]string, error) {
	i, err := m.Instance(e.Redis)
	if err != nil {
		return nil, fmt.Errorf("undo set %s: %w", e.Name, err)
	}
	now, err := i.Option(ctx, e.Name)
	switch {
	case errors.Is(err, host.ErrDown):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("undo set %s: %w", e.Name, err)
	case now == *e.Before:
		return nil, nil
	case now != e.Value:
		note := fmt.Sprintf("%s of redis.%s was changed after the run; it stays %q", e.Name, e.Redis, now)
		return []string{note}, nil
	}
	if err := i.SetOption(ctx, e.Name, *e.Before); err != nil {
		return nil, fmt.Errorf("undo set %s: %w", e.Name, err)
	}
	return nil, nil
}
