package effect

import (
	"context"

	"redbook/runbook/host"
)

// RewriteAOF makes the server write its append-only file anew. The data that
// it stands for stays the same; there is nothing to undo.
type RewriteAOF struct {
	Redis string `json:"redis"`
}

func (*RewriteAOF) Kind() string { return "rewrite-aof" }

func (e *RewriteAOF) Change() Change {
	return Change{Action: "rewrite-aof", Target: "redis." + e.Redis, Detail: "BGREWRITEAOF, awaited", Class: Additive}
}

func (e *RewriteAOF) Prepare(ctx context.Context, r host.Reader) error {
	return mustServe(ctx, r, e.Redis, "rewrite the AOF of")
}

func (e *RewriteAOF) Do(ctx context.Context, m host.Machine) error {
	i, err := m.Instance(e.Redis)
	if err != nil {
		return err
	}
	return i.RewriteAOF(ctx)
}

func (*RewriteAOF) Undo(context.Context, host.Machine, Undo) ([]string, error) {
	return []string{"nothing to take back: the AOF that it wrote stays"}, nil
}
