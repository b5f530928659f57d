//go:build torture

package powercut

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
)

// place is where the tests mount: a directory that every Linux has. It is the
// same each time, so that journals are, byte for byte.
const place = "/mnt"

const insideVariable = "REDBOOK_POWERCUT_INSIDE"

// TestMain runs the tests once more in a mount namespace of their own: however
// they end, the kernel takes their mounts away with the last of their processes,
// and nobody else ever sees them.
func TestMain(m *testing.M) {
	if os.Getenv(insideVariable) != "" {
		os.Exit(m.Run())
	}
	runtime.LockOSThread() // Pdeathsig is about the thread that starts the child
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), insideVariable+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	err := cmd.Run()
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended):
		os.Exit(max(ended.ExitCode(), 1))
	case err != nil:
		fmt.Fprintf(os.Stderr, "FAIL: the power-cut tests need a mount namespace and /dev/fuse: run them as root: %v\n", err)
		os.Exit(1)
	}
}
