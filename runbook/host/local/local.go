// Package local is the real machine: its files, its services and the Redis
// servers on it, behind the contracts of package host.
//
// It knows go-redis, systemd's D-Bus and /proc. It knows nothing of runbooks,
// steps, effects, plans or journals, prints nothing, and decides nothing: it
// does what one call asks and says what came of it.
package local

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"redbook/runbook/host"
)

// Options are what a Machine takes from outside; the zero value is the real thing.
type Options struct {
	Now func() time.Time // the clock; nil: time.Now
}

// A Machine is the machine that redbook runs on.
type Machine struct {
	servers map[string]*server
	now     func() time.Time
	systemd *systemdConn
	live    liveHooks
	remotes remotes
	copies  copies
}

var _ host.Machine = (*Machine)(nil)

// New returns the machine with the Redis servers of the given redis blocks. It
// connects to nothing yet: a server that is down is no error here.
func New(servers []host.ServerConfig, o Options) (*Machine, error) {
	quietRedis()
	m := &Machine{servers: map[string]*server{}, now: o.Now, systemd: &systemdConn{dial: dialSystemd}}
	if m.now == nil {
		m.now = time.Now
	}
	for _, c := range servers {
		if _, twice := m.servers[c.Name]; twice {
			return nil, fmt.Errorf("redis %q: there are two redis blocks of this name; rename one", c.Name)
		}
		s, err := newServer(m, c)
		if err != nil {
			return nil, fmt.Errorf("redis %q: %w", c.Name, err)
		}
		m.servers[c.Name] = s
	}
	return m, nil
}

// Close closes what is open. Servers that were started stay up.
func (m *Machine) Close() error {
	m.systemd.close()
	m.remotes.close()
	return nil
}

// Server implements host.Reader.
func (m *Machine) Server(name string) (host.Server, error) { return m.server(name) }

// Instance implements host.Machine.
func (m *Machine) Instance(name string) (host.Instance, error) { return m.server(name) }

func (m *Machine) server(name string) (*server, error) {
	if s, ok := m.servers[name]; ok {
		return s, nil
	}
	var known []string
	for n := range m.servers {
		known = append(known, fmt.Sprintf("%q", n))
	}
	if len(known) == 0 {
		return nil, fmt.Errorf("redis %q: the runbook has no redis block; add one", name)
	}
	slices.Sort(known)
	return nil, fmt.Errorf("redis %q: no redis block of this name; there is %s", name, strings.Join(known, ", "))
}

// Now implements host.Reader.
func (m *Machine) Now() time.Time { return m.now() }

// Sleep implements host.Reader.
func (m *Machine) Sleep(ctx context.Context, d time.Duration) error { return sleep(ctx, d) }

// A server is one redis block: the connection to it and what supervises it.
type server struct {
	machine    *Machine
	config     host.ServerConfig
	supervisor supervisor
}

var _ host.Instance = (*server)(nil)

func newServer(m *Machine, c host.ServerConfig) (*server, error) {
	if _, _, err := splitAddress(c.Address); err != nil {
		return nil, err
	}
	s := &server{machine: m, config: c}
	switch {
	case c.Service != "" && c.Process != nil:
		return nil, fmt.Errorf("it has both service and process; keep the one that supervises the server")
	case c.Service != "":
		s.supervisor = newUnit(m.systemd, c.Service)
	case c.Process != nil:
		p, err := newProcess(s, *c.Process)
		if err != nil {
			return nil, err
		}
		s.supervisor = p
	default:
		s.supervisor = unsupervised{}
	}
	return s, nil
}

// wrap names the redis block in front of an error; a nil err stays nil.
func (s *server) wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s redis %q (%s): %w", doing, s.config.Name, s.config.Address, err)
}

// Status implements host.Server.
func (s *server) Status(ctx context.Context) (host.Status, error) {
	var st host.Status
	main, err := s.supervisor.status(ctx)
	if err != nil {
		return st, s.wrap("look at", err)
	}
	st.PID = main.pid
	if main.pid == 0 {
		if st.Restarting, err = s.restarting(ctx); err != nil {
			return st, s.wrap("look at", err)
		}
	}
	p, err := s.probe(ctx)
	if err != nil {
		return st, s.wrap("look at", err)
	}
	stranger, err := s.isStranger(ctx, p.pid, main)
	if err != nil {
		return st, s.wrap("look at", err)
	}
	if !stranger {
		st.Serving, st.Loading = p.serving, p.loading
	}
	return st, nil
}
