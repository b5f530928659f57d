//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// A probe is a client that reads all the time, as fast as one a millisecond.
type probe struct {
	stop, stopped         chan struct{}
	reads, failed, loaded int // loaded: those of the failed that were told LOADING
}

func (s *server) probe(t *testing.T) *probe {
	t.Helper()
	p := &probe{stop: make(chan struct{}), stopped: make(chan struct{})}
	client := s.client(t)
	go func() {
		defer close(p.stopped)
		for {
			select {
			case <-p.stop:
				return
			case <-time.After(time.Millisecond):
			}
			value, err := client.Get(context.Background(), "shapes:squares").Result()
			p.reads++
			if err != nil || value != "4 sides" {
				p.failed++
			}
			if err != nil && strings.HasPrefix(err.Error(), "LOADING") {
				p.loaded++
			}
		}
	}()
	return p
}

// end says what the probe saw.
func (p *probe) end(s *server) string {
	close(p.stop)
	<-p.stopped
	s.measured = fmt.Sprintf("%d reads, %d failed", p.reads, p.failed)
	switch p.failed {
	case 0:
		return "no failed read"
	case p.loaded:
		return "reads told LOADING"
	}
	return fmt.Sprintf("%d of %d reads failed", p.failed, p.reads)
}

// bulk makes loading take a while: 16 MB that cannot be compressed.
func (s *server) bulk(t *testing.T) {
	t.Helper()
	source := rand.NewChaCha8([32]byte{})
	block := make([]byte, 1<<20)
	for i := range 16 {
		_, _ = source.Read(block) // it never fails
		s.set(t, fmt.Sprintf("bulk:%d", i), string(block))
	}
}

// live restores into a server that serves on.
func live() []scenario {
	var all []scenario
	for _, aof := range []bool{false, true} {
		set := setup{aof: aof}
		all = append(all,
			scenario{"restore-live.hcl while a client reads", set, "exit 0, backup data, AOF " + onOff(aof) + ", no failed read, same process", func(t *testing.T, s *server) string {
				return s.loadLive(t, "/etc/redbook/restore-live.hcl") + s.afterRestart(t, "backup data")
			}},
			scenario{"rollback of restore-live.hcl while a client reads", set, "exit 0, current data, AOF " + onOff(aof) + ", no failed read", func(t *testing.T, s *server) string {
				s.loadLive(t, "/etc/redbook/restore-live.hcl")
				p := s.probe(t)
				o := s.redbook(t, "rollback", "--yes", "--json")
				read := p.end(s)
				return s.observe(t, o) + ", " + read + s.afterRestart(t, "current data")
			}})
	}
	return all
}

// liveBefore70 is the same where a server cannot serve while it loads.
func liveBefore70() []scenario {
	slow := setup{aof: true, config: "key-load-delay 20000\n"} // microseconds
	return []scenario{
		{"restore-live.hcl", setup{}, "exit 23, says allow_loading, current data", func(t *testing.T, s *server) string {
			backup := s.replaced(t)
			o := s.redbook(t, s.loading("/etc/redbook/restore-live.hcl", backup)...)
			return fmt.Sprintf("exit %d", o.code) + says(o, "allow_loading") + ", " + s.data(t)
		}},
		{"restore-live.hcl with allow_loading while a client reads", slow, "exit 0, backup data, AOF on, reads told LOADING, same process, planned", func(t *testing.T, s *server) string {
			got := s.loadLive(t, "/etc/redbook/restore-live.hcl", "--var", "allow_loading=true")
			if strings.Contains(s.transcript, "readers get LOADING") {
				got += ", planned"
			}
			return got
		}},
	}
}

func (s *server) loading(runbook, backup string) []string {
	return []string{"run", runbook, "--yes", "--json", "--var", "address=" + s.address(), "--var", "backup=" + backup,
		"--var", "snapshot=/var/backups/redis/before.rdb", "--var", "key=shapes:triangles", "--var", "value=3 sides"}
}

func (s *server) loadLive(t *testing.T, runbook string, more ...string) string {
	t.Helper()
	s.start(t)
	s.bulk(t)
	backup := s.replaced(t)
	pid := s.property(t, "MainPID")
	p := s.probe(t)
	o := s.redbook(t, append(s.loading(runbook, backup), more...)...)
	got := p.end(s)
	if s.property(t, "MainPID") == pid {
		got += ", same process"
	}
	return s.observe(t, o) + ", " + got
}

// says tells whether redbook printed a text.
func says(o outcome, text string) string {
	if strings.Contains(o.printed, text) {
		return ", says " + text
	}
	return fmt.Sprintf(", does not say %q", text)
}
