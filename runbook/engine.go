package runbook

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"redbook/runbook/host"
	"redbook/runbook/journal"
)

// A Machine is a host.Machine whose connections can be closed.
type Machine interface {
	host.Machine
	Close() error
}

// An Engine plans and runs runbooks. Everything that comes from outside comes
// through its fields.
type Engine struct {
	Kinds   Kinds
	Store   *journal.Store // may be nil for Plan
	Connect func([]host.ServerConfig) (Machine, error)
	Actor   journal.Actor
	Now     func() time.Time
	Getenv  func(string) string
	Observe func(Event)     // may be nil; called in order, from one goroutine
	Stop    <-chan struct{} // closed: end the effect in hand, then stop; may be nil
}

// ErrInterrupted is wrapped by what a step returns after Stop was closed.
var ErrInterrupted = errors.New("interrupted")

// A DiagnosticsError is a mistake in a runbook or in its variables, with the
// files that a printer needs to show the place.
type DiagnosticsError struct {
	Diagnostics hcl.Diagnostics
	Files       map[string]*hcl.File
}

// Error is a line for each diagnostic, with its place where it has one: a variable that is given has none.
func (e *DiagnosticsError) Error() string {
	var lines []string
	for _, d := range e.Diagnostics {
		text := d.Summary
		if d.Detail != "" {
			text += "; " + d.Detail
		}
		if d.Subject != nil {
			text = d.Subject.String() + ": " + text
		}
		lines = append(lines, text)
	}
	return strings.Join(lines, "\n")
}

// A StaleError says that a plan no longer holds.
type StaleError struct{ Reason string }

func (e *StaleError) Error() string {
	return "the plan is stale: " + e.Reason + "\nnothing was touched; make a new plan and read it"
}

// An UnfinishedError says that an earlier run left this server between before
// and after.
type UnfinishedError struct {
	Run, User, Status string
	Began             time.Time
}

func (e *UnfinishedError) Error() string {
	return fmt.Sprintf("run %s of %s, begun %s, is %s\nfinish it first: redbook resume %s, or redbook rollback %s",
		e.Run, e.User, e.Began.Local().Format(time.DateTime), e.Status, e.Run, e.Run)
}

// failOn turns diagnostics that hold an error into one.
func (r *Runbook) failOn(diags hcl.Diagnostics) error {
	if !diags.HasErrors() {
		return nil
	}
	return &DiagnosticsError{Diagnostics: diags, Files: r.Files()}
}

// session is a runbook with its values and the machine that it is about.
type session struct {
	engine  *Engine
	runbook *Runbook
	vars    Variables
	scope   *Scope
	servers []PlannedServer
	machine Machine
}

// open evaluates the redis blocks, connects, and asks each server where it
// keeps what. A non-nil known gives the answers instead, as a journal has them.
func (e *Engine) open(ctx context.Context, r *Runbook, vars Variables, now time.Time, known []PlannedServer) (*session, error) {
	scope, diags := r.NewScope(vars, Environment{Getenv: e.Getenv, Now: now})
	if err := r.failOn(diags); err != nil {
		return nil, err
	}
	s := &session{engine: e, runbook: r, vars: vars, scope: scope}
	var configs []host.ServerConfig
	for _, b := range r.Redis {
		c, diags := scope.Server(b)
		if err := r.failOn(diags); err != nil {
			return nil, err
		}
		configs = append(configs, c)
	}
	m, err := e.Connect(configs)
	if err != nil {
		return nil, err
	}
	s.machine = m
	for i, c := range configs {
		p := PlannedServer{Server: c}
		if known != nil {
			p.Description = known[i].Description
		} else if p.Description, err = describe(ctx, m, c.Name); err != nil {
			return nil, errors.Join(err, m.Close())
		}
		s.servers = append(s.servers, p)
		scope.SetRedis(c.Name, p.Description)
	}
	return s, nil
}

func describe(ctx context.Context, m host.Reader, name string) (host.Description, error) {
	server, err := m.Server(name)
	if err != nil {
		return host.Description{}, err
	}
	return server.Describe(ctx)
}

func (s *session) close() error { return s.machine.Close() }
