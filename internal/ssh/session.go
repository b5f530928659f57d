package ssh

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/pkg/sftp"
)

// Window is how many bytes of a file may be under way at a time, in either direction: what
// is written of a file that broke off is whole but for its last Window bytes.
const Window = requests * packet

const (
	requests = 64
	packet   = 32 << 10 // every SFTP server takes that much
)

// patience is how long ssh may take to end when it has nothing to do any more.
const patience = 5 * time.Second

// A Session is SFTP over one connection. It is for one goroutine at a time, but for Kill.
type Session struct {
	*sftp.Client
	target Target
	cmd    *exec.Cmd
	kill   context.CancelFunc
	stdin  io.WriteCloser
	stdout io.ReadCloser
	stderr ending
	ended  chan struct{} // closed when ssh is gone and stderr is complete
	err    error         // how it ended
}

// Dial connects. The session outlives ctx, which is for the connecting alone.
func Dial(ctx context.Context, t Target) (*Session, error) {
	if err := CheckDestination(t.Destination); err != nil {
		return nil, fmt.Errorf("ssh: the destination %w", err)
	}
	life, kill := context.WithCancel(context.WithoutCancel(ctx))
	s := &Session{target: t, kill: kill, ended: make(chan struct{}), cmd: t.command(life, []string{"-s"}, "sftp")}
	err := s.start()
	if err != nil {
		kill()
		return nil, t.explain(err, nil)
	}
	stop := context.AfterFunc(ctx, s.Kill)
	defer stop()
	if err = s.connect(); err == nil {
		return s, nil
	}
	if cause := context.Cause(ctx); cause != nil {
		err = fmt.Errorf("ssh %s: %w", t.Destination, cause)
	}
	return nil, err
}

func (s *Session) start() (err error) {
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return err
	}
	if s.stdout, err = s.cmd.StdoutPipe(); err != nil {
		return err
	}
	s.cmd.Stderr = &s.stderr
	return s.cmd.Start()
}

// connect greets the far server, and sees to it that ended comes.
func (s *Session) connect() error {
	client, err := sftp.NewClientPipe(s.stdout, s.stdin,
		sftp.UseConcurrentWrites(true), sftp.UseFstat(true), sftp.MaxPacketChecked(packet), sftp.MaxConcurrentRequestsPerFile(requests))
	s.Client = client
	go func() {
		if client != nil {
			_ = client.Wait() // for the last that is read; how it ended, the process tells
		}
		s.err = s.cmd.Wait()
		close(s.ended)
	}()
	if err == nil {
		return nil
	}
	s.end()
	return s.target.explain(cmp.Or(s.err, err), s.stderr.lines())
}

// end waits until ssh is gone, and kills it when it does not go.
func (s *Session) end() {
	s.stdin.Close()
	late := time.AfterFunc(patience, s.Kill)
	defer late.Stop()
	<-s.ended
}

// Explain adds to the error of an operation why the connection went, if it did.
func (s *Session) Explain(err error) error {
	if err == nil || !s.Lost(err) {
		return err
	}
	s.end()
	return s.target.explain(fmt.Errorf("the connection was lost: %w", cmp.Or(s.err, err)), s.stderr.lines())
}

// Lost tells whether an error of an operation means that the connection is gone.
func (s *Session) Lost(err error) bool {
	for _, gone := range []error{sftp.ErrSSHFxConnectionLost, sftp.ErrSSHFxNoConnection, syscall.EPIPE, os.ErrClosed} {
		if errors.Is(err, gone) {
			return true
		}
	}
	return false
}

// Kill ends the connection at once; what goes on fails.
func (s *Session) Kill() {
	s.kill()
	s.stdout.Close() // what a proxy command outside ssh's group may hold open
}

// Close ends the connection and waits for ssh's end.
func (s *Session) Close() { s.end() }
