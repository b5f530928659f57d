package effect

import (
	"context"
	"fmt"

	"redbook/runbook/host"
)

// newAOF is where a server will write its append-only file anew, "" when there
// is one already.
func newAOF(ctx context.Context, r host.Reader, redis string) (string, error) {
	s, err := r.Server(redis)
	if err != nil {
		return "", err
	}
	d, err := s.Describe(ctx)
	if err != nil {
		return "", fmt.Errorf("describe redis.%s: %w", redis, err)
	}
	_, exists, err := lookup(r, d.AOFPath)
	if err != nil || exists {
		return "", err
	}
	return d.AOFPath, nil
}

// setAsideNewAOF frees the place where an effect had an AOF written, so that it
// is again as it was found: a server must never be left to take it for its own.
func setAsideNewAOF(ctx context.Context, m host.Machine, path string, u Undo) (notes []string, err error) {
	if path == "" {
		return nil, nil
	}
	_, exists, err := lookup(m, path)
	if err != nil || !exists {
		return nil, err
	}
	note, err := setAside(ctx, m, path, u, "the run had the server write it")
	if err != nil {
		return nil, err
	}
	return []string{note}, nil
}
