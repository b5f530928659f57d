package effect

import (
	"context"

	"redbook/runbook/host"
)

// TryWrite sets a key and deletes it in one transaction, so that nobody sees it and nothing of it stays.
type TryWrite struct {
	Redis string `json:"redis"`
}

func (*TryWrite) Kind() string { return "try-write" }

func (e *TryWrite) Change() Change {
	return Change{Action: "try a write on", Target: "redis." + e.Redis, Detail: "a key is set and deleted, in one transaction", Class: Additive}
}

func (e *TryWrite) Prepare(ctx context.Context, r host.Reader) error {
	return mustServe(ctx, r, e.Redis, "write to")
}

func (e *TryWrite) Do(ctx context.Context, m host.Machine) error {
	i, err := m.Instance(e.Redis)
	if err != nil {
		return err
	}
	return i.TryWrite(ctx)
}

// Undo has nothing to take back.
func (*TryWrite) Undo(context.Context, host.Machine, Undo) ([]string, error) { return nil, nil }
