package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"redbook/runbook/host"
)

// outputLimit is how much of each stream of a command is kept.
const outputLimit = 64 << 10

// Exec implements host.Machine. The command runs in a process group of its own,
// which the end of ctx kills whole, without the environment of redbook: that may
// hold passwords.
func (m *Machine) Exec(ctx context.Context, c host.Command) (host.Output, error) {
	if len(c.Args) == 0 {
		return host.Output{}, errors.New("run command: it has no arguments; the first names the program")
	}
	var stdout head
	var stderr headAndTail
	cmd := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	cmd.Dir = c.Dir
	cmd.Env = minimalEnv()
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second // for output that a process outside the group holds open
	err := cmd.Run()
	out := host.Output{Ran: true, Stdout: string(stdout.bytes), Stderr: string(stderr.head.bytes)}
	if err == nil {
		return out, nil
	}
	if cause := context.Cause(ctx); cause != nil {
		err = fmt.Errorf("%w: %w", cause, err)
	}
	if tail := lastLines(stderr.tail.String(), 10); len(tail) > 0 {
		err = fmt.Errorf("%w\n  | %s", err, strings.Join(tail, "\n  | "))
	}
	return out, fmt.Errorf("run %s: %w", c.Args[0], err)
}

// minimalEnv is the environment of every program that redbook starts.
func minimalEnv() []string {
	env := []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	for _, name := range []string{"PATH", "LANG", "HOME"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v) // the last of two counts
		}
	}
	return env
}

// A head keeps the first outputLimit bytes of a stream.
type head struct{ bytes []byte }

func (h *head) Write(p []byte) (int, error) {
	h.bytes = append(h.bytes, p[:min(len(p), outputLimit-len(h.bytes))]...)
	return len(p), nil
}

// A headAndTail keeps both ends: the error is at the end of a long stderr.
type headAndTail struct {
	head head
	tail tail
}

func (h *headAndTail) Write(p []byte) (int, error) {
	_, _ = h.head.Write(p)
	return h.tail.Write(p)
}
