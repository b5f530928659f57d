package steps

import (
	"context"
	_ "embed"
	"time"

	"redbook/runbook"
	"redbook/runbook/effect"
)

//go:embed exec.hcl
var execExample string

var execKind = runbook.Kind{
	Name:    "exec",
	Summary: "Run a command, without a shell; irreversible unless it names an undo",
	New:     func() runbook.Step { return new(execute) },
	Outputs: execOutputs{},
	Timeout: 5 * time.Minute,
	Example: execExample,
	NoRedis: true,
}

type execute struct {
	Argv []string `arg:"argv" doc:"The program and its arguments; no shell reads them, and they must hold no secret"`
	Dir  *string  `arg:"dir" doc:"Directory to run it in; else /"`
	Undo []string `arg:"undo" optional:"true" doc:"The command that takes it back. It runs also when argv failed or was cut off, so it must bear that"`
}

type execOutputs struct {
	Stdout runbook.Late[string] `out:"stdout" doc:"What it printed, at most 64 KiB"`
}

func (e *execute) Check() error {
	if len(e.Argv) == 0 || e.Argv[0] == "" {
		return &runbook.ArgumentError{Argument: "argv", Problem: "names no program"}
	}
	if e.Dir != nil {
		return absolute("dir", *e.Dir)
	}
	return nil
}

func (e *execute) Run(ctx context.Context, h runbook.Host) (any, error) {
	dir := "/"
	if e.Dir != nil {
		dir = *e.Dir
	}
	eff := &effect.Exec{Args: e.Argv, Dir: dir, UndoArgs: e.Undo}
	if err := h.Apply(ctx, eff); err != nil {
		return nil, err
	}
	var out execOutputs
	if o := eff.Output(); o.Ran {
		out.Stdout = runbook.Known(o.Stdout)
	}
	return out, nil
}
