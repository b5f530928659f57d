package ssh

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// options are given in every call. They go before those of the configuration. The first are
// those that sftp(1) gives; the others end a connection that is dead.
var options = []string{
	"-T", "-x", "-a",
	"-oBatchMode=yes", "-oClearAllForwardings=yes", "-oPermitLocalCommand=no", "-oRemoteCommand=none",
	"-oConnectTimeout=30", "-oServerAliveInterval=15", "-oServerAliveCountMax=4",
}

// command is the ssh client in a process group of its own, which the end of ctx kills.
func (t Target) command(ctx context.Context, before []string, after ...string) *exec.Cmd {
	var args []string
	if t.Config != "" {
		args = append(args, "-F", t.Config)
	}
	args = append(append(append(args, options...), before...), "--", t.Destination)
	cmd := exec.CommandContext(ctx, "ssh", append(args, after...)...)
	cmd.Env = environment()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second // for what a proxy command outside the group holds open
	return cmd
}

// environment is what ssh needs of this process's: that may hold passwords.
func environment() []string {
	env := []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	for _, name := range []string{"PATH", "HOME", "USER", "LOGNAME", "LANG", "SSH_AUTH_SOCK", "KRB5CCNAME", "XDG_RUNTIME_DIR"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v) // the last of two counts
		}
	}
	return env
}

// outputLimit is how much of what a command prints is kept.
const outputLimit = 64 << 10

// Output runs a line of the far machine's shell to its end and returns what it printed. Where
// no commands are allowed, or it ends non-zero, that is an *Error.
func Output(ctx context.Context, t Target, line string) (string, error) {
	cmd := t.command(ctx, []string{"-n"}, line)
	var stdout, stderr ending
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if cause := context.Cause(ctx); cause != nil {
		return "", fmt.Errorf("ssh %s: %w", t.Destination, cause)
	}
	if err != nil {
		return "", t.explain(err, stderr.lines())
	}
	return string(stdout.bytes), nil
}

// An ending keeps the last outputLimit bytes of a stream.
type ending struct{ bytes []byte }

func (e *ending) Write(p []byte) (int, error) {
	e.bytes = append(e.bytes, p...)
	if cut := len(e.bytes) - outputLimit; cut > 0 {
		e.bytes = append(e.bytes[:0], e.bytes[cut:]...)
	}
	return len(p), nil
}

// mostLines is how many of ssh's own words an error repeats.
const mostLines = 20

// lines are the last lines, without control characters.
func (e *ending) lines() []string {
	var all []string
	for line := range bytes.Lines(e.bytes) {
		text := bytes.Map(func(r rune) rune {
			if odd(r) && r != ' ' {
				return -1
			}
			return r
		}, line)
		if text = bytes.TrimSpace(text); len(text) > 0 {
			all = append(all, string(text))
		}
	}
	return all[max(0, len(all)-mostLines):]
}
