//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"redbook/internal/nspawn"
)

// redbook is the program under test, built once.
var redbook string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx := context.Background()
	if err := nspawn.Prepare(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "e2e cannot run here:", err)
		return 1
	}
	dir, err := os.MkdirTemp("", "redbook-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e cannot run here:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	redbook = filepath.Join(dir, "redbook")
	build := exec.Command("go", "build", "-o", redbook, "redbook/cmd/redbook")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // the hosts have other C libraries
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "e2e: build redbook: %v\n%s", err, out)
		return 1
	}
	code := m.Run()
	results.print(os.Stdout)
	return code
}
