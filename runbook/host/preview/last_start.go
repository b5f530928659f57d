package preview

import (
	"context"

	"redbook/runbook/host"
)

// LastStart implements host.ProcessReader.
func (s *server) LastStart(ctx context.Context) (host.LastStart, error) {
	if s.touched {
		return host.LastStart{}, nil
	}
	return s.real.LastStart(ctx)
}

// TryWrite implements host.WriteTester. What is set is deleted again.
func (s *server) TryWrite(ctx context.Context) error { return s.mustServe(ctx, "write to") }
