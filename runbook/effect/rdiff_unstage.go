package effect

import (
	"context"
	"fmt"

	"redbook/runbook/host"
)

// RdiffUnstage removes the stage that RdiffStage made. Its originals are where they
// were, so there is nothing to bring back.
type RdiffUnstage struct {
	Stage string `json:"stage"`
}

func (*RdiffUnstage) Kind() string { return "rdiff-unstage" }

func (e *RdiffUnstage) Change() Change {
	return Change{Action: "unstage", Target: e.Stage, Detail: "the copies are in the repository", Class: Reversible}
}

func (*RdiffUnstage) Prepare(context.Context, host.Reader) error { return nil }

func (e *RdiffUnstage) Do(ctx context.Context, m host.Machine) error {
	if err := removeTree(ctx, m, e.Stage); err != nil {
		return fmt.Errorf("remove stage: %w", err)
	}
	return nil
}

// Undo leaves the rest to the undo of the stage.
func (*RdiffUnstage) Undo(context.Context, host.Machine, Undo) ([]string, error) { return nil, nil }
