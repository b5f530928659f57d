package steps

import (
	"context"
	"errors"
	"fmt"

	"redbook/internal/rdb"
	"redbook/runbook"
	"redbook/runbook/host"
)

// readDump reads a dump that must be whole.
func readDump(ctx context.Context, h host.DumpReader, path string) (*rdb.Summary, string, error) {
	d, err := h.ReadDump(ctx, path)
	if err != nil {
		return nil, "", fmt.Errorf("read dump %s: %w", path, err)
	}
	var bad *rdb.Error
	switch {
	case errors.As(d.Damage, &bad):
		return nil, "", &runbook.CheckError{
			Problem: fmt.Sprintf("dump %s is damaged or no dump: %v", path, d.Damage),
			Remedy:  "choose another backup; this one must not be restored",
		}
	case d.Damage != nil:
		return nil, "", fmt.Errorf("read dump %s: %w", path, d.Damage)
	}
	return d.Summary, d.Digest.SHA256, nil
}
