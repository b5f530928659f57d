package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"redbook/runbook/host"
)

// guardName is the name under which redbook starts itself as a guard.
const guardName = "redbook-guard"

// A program that this package is part of becomes a guard when it is started under
// that name, before anything else of it runs.
func init() {
	if len(os.Args) > 0 && os.Args[0] == guardName {
		os.Exit(runGuard(os.Stdin, os.Stdout))
	}
}

// A watch is what a guard is told: which server, and what to do to it.
type watch struct {
	Server   host.ServerConfig
	Password string // no part of the config's JSON; it goes through a pipe, and nowhere else
	Ending   ending
}

// A guard is a process that outlives a redbook that is killed amidst a load: it
// then makes the server writable again.
type guard struct {
	command *exec.Cmd
	orders  io.WriteCloser // its end is redbook's end
}

// startGuard returns when the guard has reached the server.
func (s *server) startGuard(ctx context.Context, e ending) (*guard, error) {
	command := exec.Command("/proc/self/exe")
	command.Args = []string{guardName}
	command.Env = append([]string{}, s.machine.live.guardEnv...) // nil would be redbook's own
	command.Dir = "/"
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // what is sent to redbook's group is not meant for it
	orders, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	answers, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start the guard of the load: %w", err)
	}
	g := &guard{command, orders}
	config := s.config
	config.Process, config.Service = nil, ""
	err = json.NewEncoder(orders).Encode(watch{config, s.config.Password.Reveal(), e})
	if err == nil {
		release := context.AfterFunc(ctx, func() { answers.Close() })
		err = awaitGuard(answers)
		release()
	}
	if err != nil {
		g.dismiss()
		return nil, fmt.Errorf("start the guard of the load: %w", err)
	}
	return g, nil
}

func awaitGuard(answers io.Reader) error {
	var problem string
	if err := json.NewDecoder(answers).Decode(&problem); err != nil {
		return err
	}
	if problem != "" {
		return errors.New(problem)
	}
	return nil
}

// dismiss ends a guard that has nothing left to watch.
func (g *guard) dismiss() {
	_, _ = io.WriteString(g.orders, "\"dismissed\"\n") // one that is gone needs no telling
	g.orders.Close()
	_ = g.command.Wait()
}

// guardTime is how long a guard tries; a server that loads refuses for a while.
const guardTime = 10 * time.Minute

func runGuard(orders io.Reader, answers io.Writer) (code int) {
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	in := json.NewDecoder(orders)
	var w watch
	if err := in.Decode(&w); err != nil {
		return 1
	}
	w.Server.Password = host.NewSecret(w.Password)
	m, err := New([]host.ServerConfig{w.Server}, Options{})
	if err != nil {
		return answer(answers, err)
	}
	s, err := m.server(w.Server.Name)
	if err != nil {
		return answer(answers, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), releaseTime)
	_, err = s.replication(ctx)
	cancel()
	if answer(answers, err) != 0 {
		return 1
	}
	var order string
	if in.Decode(&order) == nil {
		return 0
	}
	return s.avert(w.Ending)
}

func answer(to io.Writer, err error) (code int) {
	problem := ""
	if err != nil {
		problem, code = err.Error(), 1
	}
	if json.NewEncoder(to).Encode(problem) != nil {
		return 1
	}
	return code
}

// avert ends the load of a redbook that is gone.
func (s *server) avert(e ending) (code int) {
	all, cancel := context.WithTimeout(context.Background(), guardTime)
	defer cancel()
	err := poll(all, func() (bool, error) {
		ctx, cancel := context.WithTimeout(all, 5*time.Second)
		defer cancel()
		err := s.end(ctx, e)
		if errors.Is(err, host.ErrDown) {
			return false, nil // busy, or about to be up again
		}
		return err == nil, err
	})
	if err != nil {
		return 1
	}
	return 0
}
