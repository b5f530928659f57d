//go:build e2e

package e2e

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"redbook/internal/nspawn"
)

// redbook is the program under test, built once.
var redbook string

var update = flag.Bool("update", false, "write the pages of docs that are made here anew")

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx := context.Background()
	if err := nspawn.Prepare(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "e2e cannot run here:", err)
		return 1
	}
	removeStale()
	dir, err := os.MkdirTemp("", fmt.Sprintf("%s%d-", tempPrefix, os.Getpid()))
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

const tempPrefix = "redbook-e2e-"

// removeStale removes what killed tests left, by the process id in the name.
func removeStale() {
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), tempPrefix+"*"))
	for _, dir := range left {
		owner, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), tempPrefix), "-")
		if pid, err := strconv.Atoi(owner); err == nil && syscall.Kill(pid, 0) == syscall.ESRCH {
			_ = os.RemoveAll(dir) // the next test tries again
		}
	}
}
