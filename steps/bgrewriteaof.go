package steps

import (
	"context"
	_ "embed"

	"redbook/runbook"
	"redbook/runbook/effect"
)

//go:embed bgrewriteaof.hcl
var bgrewriteaofExample string

var bgrewriteaofKind = runbook.Kind{
	Name:    "bgrewriteaof",
	Summary: "Make the server write its append-only file anew, and wait until it is complete",
	New:     func() runbook.Step { return new(bgrewriteaof) },
	Timeout: long,
	Example: bgrewriteaofExample,
}

type bgrewriteaof struct{}

func (*bgrewriteaof) Run(ctx context.Context, h runbook.Host) (any, error) {
	return nil, h.Apply(ctx, &effect.RewriteAOF{Redis: h.Redis()})
}
