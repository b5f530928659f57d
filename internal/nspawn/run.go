package nspawn

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"syscall"
)

// Output is what a command printed and how it ended.
type Output struct {
	Stdout, Stderr string
	Code           int // -1 when a signal ended it
}

// Run runs a command on the host as root, to its end. A code other than 0 is no error.
func (h *Host) Run(ctx context.Context, argv ...string) (Output, error) {
	return h.RunWith(ctx, nil, argv...)
}

// RunWith is Run with environment variables, as NAME=VALUE.
func (h *Host) RunWith(ctx context.Context, env []string, argv ...string) (Output, error) {
	var stdout, stderr bytes.Buffer
	p, err := h.Start(ctx, env, &stdout, &stderr, argv...)
	if err != nil {
		return Output{}, err
	}
	code, err := p.Wait()
	return Output{Stdout: stdout.String(), Stderr: stderr.String(), Code: code}, err
}

// A Process is a command that runs on a host.
type Process struct {
	enter *exec.Cmd
}

// Start starts a command on the host as root. It is killed when ctx ends.
func (h *Host) Start(ctx context.Context, env []string, stdout, stderr io.Writer, argv ...string) (*Process, error) {
	args := []string{"-t", strconv.Itoa(h.init), "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w", "--", "env", "-i",
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8"}
	p := &Process{enter: exec.CommandContext(ctx, "nsenter", append(append(args, env...), argv...)...)}
	p.enter.Stdout, p.enter.Stderr = stdout, stderr
	p.enter.Cancel = p.Kill
	p.enter.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.enter.Start(); err != nil {
		return nil, fmt.Errorf("enter %s: %w", h.Name, err)
	}
	return p, nil
}

// Kill ends the command as kill -9 does. What it started lives on.
func (p *Process) Kill() error {
	// nsenter forks to enter the namespace of processes, and dies of what its child dies of.
	children := childrenOf(p.enter.Process.Pid)
	if len(children) == 0 {
		return p.enter.Process.Kill()
	}
	var all error
	for _, child := range children {
		if err := syscall.Kill(child, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			all = errors.Join(all, err)
		}
	}
	return all
}

// Wait returns the exit code; -1 when a signal ended the command.
func (p *Process) Wait() (code int, err error) {
	err = p.enter.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	return 0, err
}
