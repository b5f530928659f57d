package steps

import (
	"context"
	_ "embed"

	"redbook/runbook"
	"redbook/runbook/effect"
)

//go:embed save.hcl
var saveExample string

var saveKind = runbook.Kind{
	Name:    "save",
	Summary: "Make the server write its dump, and wait until it is complete",
	New:     func() runbook.Step { return new(save) },
	Outputs: saveOutputs{},
	Timeout: long,
	Example: saveExample,
}

type save struct {
	Background bool `arg:"background" default:"true" doc:"true: BGSAVE, while clients are served; false: SAVE, while they wait"`
}

type saveOutputs struct {
	Path string `out:"path" doc:"Path of the dump that was written"`
}

func (s *save) Run(ctx context.Context, h runbook.Host) (any, error) {
	_, d, err := description(ctx, h)
	if err != nil {
		return nil, err
	}
	noteUntold(h, d)
	if err := h.Apply(ctx, &effect.Save{Redis: h.Redis(), Background: s.Background}); err != nil {
		return nil, err
	}
	return saveOutputs{Path: d.Dump}, nil
}
