package steps

import (
	"context"
	_ "embed"

	"redbook/runbook"
)

//go:embed disable_aof.hcl
var disableAOFExample string

var disableAOFKind = runbook.Kind{
	Name:    "disable-aof",
	Summary: "Switch the append-only file off, in the running server and in redis.conf",
	New:     func() runbook.Step { return new(disableAOF) },
	Timeout: long,
	Example: disableAOFExample,
}

type disableAOF struct{}

func (*disableAOF) Run(ctx context.Context, h runbook.Host) (any, error) {
	return nil, setAppendOnly(ctx, h, "no")
}
