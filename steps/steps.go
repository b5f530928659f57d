// Package steps holds the step kinds, three files each: the code, its example
// runbook, which is also its documentation, and its test. A step composes
// effects; it has no code for dry-run, undo, journal or resume, and must not
// care which of them it is part of.
package steps

import (
	"context"
	"fmt"
	"time"

	"redbook/runbook"
	"redbook/runbook/host"
)

// All is every kind, in the order of the reference.
func All() runbook.Kinds {
	return runbook.NewKinds(
		saveKind, stopServiceKind, renameKind, disableAOFKind, copyKind, chownKind, buildAOFKind, startKind,
		bgrewriteaofKind, enableAOFKind, loadDatasetKind, fetchDumpKind, pushKind, fetchKind, verifyKeyKind, verifyDumpKind, verifyDatasetKind, waitKind,
		execKind, checkTopologyKind, waitReplicasKind,
		rdiffBackupKind, rdiffRestoreKind,
	)
}

const (
	quick = time.Minute      // a change of names or attributes
	long  = 30 * time.Minute // moving, saving or loading a whole dataset
)

// server is the Redis server that the step is about.
func server(h runbook.Host) (host.Server, error) { return h.Server(h.Redis()) }

// description tells where that server keeps what, as it stands now.
func description(ctx context.Context, h runbook.Host) (host.Server, host.Description, error) {
	s, err := server(h)
	if err != nil {
		return nil, host.Description{}, err
	}
	d, err := s.Describe(ctx)
	if err != nil {
		return nil, d, fmt.Errorf("describe redis.%s: %w", h.Redis(), err)
	}
	return s, d, nil
}
