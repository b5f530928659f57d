//go:build e2e

package e2e

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"redbook/internal/nspawn"
	"redbook/internal/versions"
)

// patience bounds every wait; a machine under test may be busy.
const patience = 2 * time.Minute

// boot starts a host of the suite with redbook and its runbooks on it, until the
// test ends.
func boot(t *testing.T, suite string) *nspawn.Host {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Minute) // it may have to be made first
	defer cancel()
	h, err := nspawn.Boot(ctx, versions.Image(suite))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := h.CopyIn(redbook, "/usr/local/bin/redbook", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"/etc/redbook", "/var/backups/redis"} {
		if err := os.MkdirAll(h.Path(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	runbooks, err := filepath.Glob("../../runbooks/*.hcl")
	if err != nil || len(runbooks) == 0 {
		t.Fatalf("find runbooks: %d found, %v", len(runbooks), err)
	}
	for _, path := range runbooks {
		if err := h.CopyIn(path, "/etc/redbook/"+filepath.Base(path), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return h
}
