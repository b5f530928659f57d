package steps

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"redbook/internal/ahead"
	"redbook/internal/rdb"
	"redbook/runbook"
	"redbook/runbook/host"
)

// readDump checks a dump and computes its SHA-256 in one reading.
func readDump(ctx context.Context, h host.Files, path string) (*rdb.Summary, string, error) {
	f, err := h.Open(path)
	if err != nil {
		return nil, "", fmt.Errorf("read dump %s: %w", path, err)
	}
	defer f.Close()
	sum := sha256.New()
	in := ahead.NewReader(&cancellable{ctx, f}, sum)
	defer in.Close()
	s, err := rdb.Check(in)
	var bad *rdb.Error
	if errors.As(err, &bad) {
		return nil, "", &runbook.CheckError{
			Problem: fmt.Sprintf("dump %s is damaged or no dump: %v", path, err),
			Remedy:  "choose another backup; this one must not be restored",
		}
	}
	if err != nil {
		return nil, "", fmt.Errorf("read dump %s: %w", path, err)
	}
	return s, hex.EncodeToString(sum.Sum(nil)), nil
}

// cancellable ends a long reading when its context ends.
type cancellable struct {
	ctx context.Context
	r   io.Reader
}

func (c *cancellable) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
