package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"redbook/runbook/host"
)

// A process supervises a server that no service manager knows: redbook starts
// it detached and finds it again by what it is, not by what a file says.
type process struct {
	server *server
	host.Process
}

func newProcess(s *server, p host.Process) (*process, error) {
	if len(p.Command) == 0 {
		return nil, errors.New("process: command is empty; name the server program and its config file")
	}
	return &process{server: s, Process: p}, nil
}

func (p *process) launch(context.Context) (launch, error) {
	return launch{command: p.Command, dir: p.Dir, user: p.User}, nil
}

// stop sends SIGTERM, on which the server saves as its config says.
func (p *process) stop(ctx context.Context) error {
	main, err := p.status(ctx)
	if err != nil || main.pid == 0 {
		return err
	}
	return main.terminate(ctx)
}

// start runs the command in a session of its own, so that neither the end of
// redbook nor a signal to its terminal reaches the server.
func (p *process) start(ctx context.Context) (attempt, error) {
	if main, err := p.status(ctx); err != nil || main.pid != 0 {
		return &processAttempt{process: p, main: main}, err
	}
	credential, err := p.credential()
	if err != nil {
		return nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("open a pipe: %w", err)
	}
	defer w.Close()
	cmd := exec.Command(p.Command[0], p.Command[1:]...)
	cmd.Dir = p.Dir
	if cmd.Dir == "" {
		cmd.Dir = "/" // not wherever redbook happens to be
	}
	cmd.Env = minimalEnv()
	cmd.Stdout, cmd.Stderr = w, w
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: credential}
	if err := cmd.Start(); err != nil {
		r.Close()
		return nil, fmt.Errorf("run %s: %w", p.Command[0], err)
	}
	a := &processAttempt{process: p, main: findProcess(cmd.Process.Pid), pipe: r, exited: make(chan error, 1), drained: make(chan struct{})}
	go func() { a.exited <- cmd.Wait() }()
	go func() {
		defer close(a.drained)
		_, _ = io.Copy(&a.caught, r)
	}()
	return a, nil
}

// credential is the user to become; nil to stay what redbook is.
func (p *process) credential() (*syscall.Credential, error) {
	if p.User == "" {
		return nil, nil
	}
	uid, err := lookUpUser(p.User)
	if err != nil {
		return nil, err
	}
	if uid == os.Geteuid() {
		return nil, nil
	}
	if os.Geteuid() != 0 {
		return nil, fmt.Errorf("start as user %s: only root can; run redbook as root or as %s", p.User, p.User)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(primaryGroup(uid)), Groups: supplementaryGroups(p.User)}, nil
}

// A processAttempt watches a command that was started. A daemonizing server ends
// it well and goes on in a process of its own.
type processAttempt struct {
	process *process
	main    mainProcess // the command; then the daemon, once it was found
	pipe    *os.File    // nil when the server ran already
	caught  tail
	exited  chan error
	drained chan struct{} // closed when the pipe ended
	forked  bool          // the command ended well
}

func (a *processAttempt) check(ctx context.Context) (bool, error) {
	if a.exited != nil {
		select {
		case err := <-a.exited:
			if err != nil {
				a.awaitOutput(ctx)
				return false, fmt.Errorf("the server ended: %w", err)
			}
			a.exited, a.forked = nil, true
		default:
			return true, nil
		}
	}
	if !a.main.lives() || a.forked {
		main, err := a.process.status(ctx)
		if err != nil {
			return false, err
		}
		if main.pid == 0 {
			a.awaitOutput(ctx)
			return false, errors.New("the server ended after it had gone to the background")
		}
		a.main, a.forked = main, false
	}
	return true, nil
}

// awaitOutput waits for the last words, unless another process holds the pipe.
func (a *processAttempt) awaitOutput(ctx context.Context) {
	if a.pipe == nil {
		return
	}
	_ = a.pipe.SetReadDeadline(time.Now().Add(lastWords))
	select {
	case <-a.drained:
	case <-ctx.Done():
	}
}

func (a *processAttempt) output(context.Context) string { return a.caught.String() }

// close lets go of the pipe. What a server without logfile prints later is lost,
// and does it no harm: it ignores SIGPIPE.
func (a *processAttempt) close(context.Context, bool) error {
	if a.pipe != nil {
		return a.pipe.Close()
	}
	return nil
}

// commandProgram is the server's binary in a command line that may begin with a wrapper.
func commandProgram(command []string) string {
	for _, arg := range command {
		if isServerName(filepath.Base(arg)) {
			return arg
		}
	}
	if len(command) == 0 {
		return ""
	}
	return strings.TrimLeft(command[0], "@-:+!|") // systemd's prefixes
}

// lastWords is how long the output of a server that has ended is read, where
// another process holds the pipe open.
const lastWords = 2 * time.Second
