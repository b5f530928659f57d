package steps

import (
	"context"
	_ "embed"

	"redbook/runbook"
)

//go:embed enable_aof.hcl
var enableAOFExample string

var enableAOFKind = runbook.Kind{
	Name:    "enable-aof",
	Summary: "Switch the append-only file on, in the running server first and then in redis.conf",
	New:     func() runbook.Step { return new(enableAOF) },
	Timeout: long,
	Example: enableAOFExample,
}

type enableAOF struct{}

func (*enableAOF) Run(ctx context.Context, h runbook.Host) (any, error) {
	return nil, setAppendOnly(ctx, h, "yes")
}
