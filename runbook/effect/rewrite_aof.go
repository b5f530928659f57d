package effect

import (
	"context"
	"errors"
	"fmt"

	"redbook/runbook/host"
)

// RewriteAOF makes the server write its append-only file anew. The data that
// an AOF stands for stays the same, so there is nothing to undo; one that there
// was none of before is set aside.
type RewriteAOF struct {
	Redis  string  `json:"redis"`
	Before *OldAOF `json:"before,omitempty"`
}

// OldAOF is what RewriteAOF found.
type OldAOF struct {
	NewAOF string `json:"new_aof,omitempty"` // where the first AOF is written
}

func (*RewriteAOF) Kind() string { return "rewrite-aof" }

func (e *RewriteAOF) Change() Change {
	return Change{Action: "rewrite-aof", Target: "redis." + e.Redis, Detail: "BGREWRITEAOF, awaited", Class: Additive}
}

func (e *RewriteAOF) Prepare(ctx context.Context, r host.Reader) error {
	if err := mustServe(ctx, r, e.Redis, "rewrite the AOF of"); err != nil {
		return err
	}
	path, err := newAOF(ctx, r, e.Redis)
	e.Before = &OldAOF{NewAOF: path}
	return err
}

func (e *RewriteAOF) Do(ctx context.Context, m host.Machine) error {
	i, err := m.Instance(e.Redis)
	if err != nil {
		return err
	}
	return i.RewriteAOF(ctx)
}

// Undo leaves the AOF of a server that has it on alone.
func (e *RewriteAOF) Undo(ctx context.Context, m host.Machine, u Undo) ([]string, error) {
	i, err := m.Instance(e.Redis)
	if err != nil {
		return nil, fmt.Errorf("undo rewrite of the AOF: %w", err)
	}
	now, err := i.Option(ctx, "appendonly")
	if err != nil && !errors.Is(err, host.ErrDown) {
		return nil, fmt.Errorf("undo rewrite of the AOF: %w", err)
	}
	if e.Before.NewAOF == "" || now == "yes" {
		return nil, nil
	}
	return setAsideNewAOF(ctx, m, e.Before.NewAOF, u)
}
