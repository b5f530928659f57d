package preview

import (
	"context"
	"fmt"
	"os"
	"time"

	"redbook/runbook/host"
)

// Options are what a picture takes from outside; the zero value is the real thing.
type Options struct {
	Now    time.Time // the time of the plan; zero: the machine's clock at New
	Runner *Runner   // who will run the plan; nil: who makes it
}

// A Runner is the user and group that a plan is run as: they own the files
// that it makes, and root may do what others may not.
type Runner struct{ UID, GID int }

// A Resolver is a host.Reader that can follow a trusted symlink. With one the
// picture knows a directory under all its names; without, a path through a
// symlink and one around it count as two directories.
type Resolver interface {
	// Resolve returns the absolute path that the symlink at path leads to.
	Resolve(path string) (string, error)
}

// A Picture implements host.Machine. It is for one plan, and for one
// goroutine: a planner works step by step.
type Picture struct {
	real   host.Reader
	now    time.Time
	runner Runner

	root    *node
	spent   map[uint64]int64 // bytes that planned files take, per device
	dumps   *dumps
	servers map[string]*server
	remotes map[host.Peer]*remote

	label    string // of the step at work
	seq      int    // counts changes; a node remembers when it was put in its place
	copies   []copied
	warnings []host.Warning
}

var _ host.Machine = (*Picture)(nil)

// New makes a picture in which nothing was changed yet.
func New(real host.Reader, o Options) *Picture {
	p := &Picture{
		real:    real,
		now:     o.Now,
		runner:  Runner{UID: os.Geteuid(), GID: os.Getegid()},
		root:    &node{info: host.Info{Kind: host.KindDirectory}, origin: "/"},
		spent:   map[uint64]int64{},
		servers: map[string]*server{},
		remotes: map[host.Peer]*remote{},
	}
	if p.now.IsZero() {
		p.now = real.Now()
	}
	if o.Runner != nil {
		p.runner = *o.Runner
	}
	p.dumps = newDumps(p)
	return p
}

// At names the step whose changes come next, as "copy.dump".
func (p *Picture) At(label string) { p.label = label }

// Warnings returns what is to be said aloud since the last call, oldest first.
func (p *Picture) Warnings() []host.Warning {
	w := p.warnings
	p.warnings = nil
	return w
}

func (p *Picture) warn(trap host.Trap, text string) {
	p.warnings = append(p.warnings, host.Warning{Trap: trap, Text: text})
}

// Account implements host.Reader.
func (p *Picture) Account(user, group string) (uid, gid int, err error) {
	return p.real.Account(user, group)
}

// Now implements host.Reader: the time at which the picture was made.
func (p *Picture) Now() time.Time { return p.now }

// Sleep implements host.Reader: what a wait would bring only the run knows.
func (p *Picture) Sleep(_ context.Context, d time.Duration) error {
	return fmt.Errorf("wait %v: %w", d, host.ErrUnknown)
}

// Exec implements host.Machine. A picture runs nothing: the output is empty
// and what the command changes is not in the picture.
func (p *Picture) Exec(context.Context, host.Command) (host.Output, error) {
	return host.Output{}, nil
}

// Server implements host.Reader.
func (p *Picture) Server(name string) (host.Server, error) { return p.server(name) }

// Instance implements host.Machine.
func (p *Picture) Instance(name string) (host.Instance, error) { return p.server(name) }

func (p *Picture) server(name string) (*server, error) {
	if s, ok := p.servers[name]; ok {
		return s, nil
	}
	real, err := p.real.Server(name)
	if err != nil {
		return nil, err
	}
	s := &server{picture: p, name: name, real: real, options: map[string]string{}}
	p.servers[name] = s
	return s, nil
}
