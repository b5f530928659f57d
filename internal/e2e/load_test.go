//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// A counter is a client that counts in the server all the time and remembers what
// was acknowledged.
type counter struct {
	stop, stopped chan struct{}
	lives         []life
	refused       bool // the last write was
}

// A life is a time in which every write was acknowledged.
type life struct {
	first, last  int64 // counts that were acknowledged
	began, ended time.Time
}

func (s *server) count(t *testing.T) *counter {
	t.Helper()
	c := &counter{stop: make(chan struct{}), stopped: make(chan struct{})}
	client := s.client(t)
	go func() {
		defer close(c.stopped)
		for {
			select {
			case <-c.stop:
				return
			default:
			}
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			n, err := client.Incr(ctx, "only:counter").Result()
			cancel()
			if c.refused = err != nil || c.refused; err == nil {
				c.acknowledged(n)
			}
			time.Sleep(time.Millisecond)
		}
	}()
	return c
}

func (c *counter) acknowledged(n int64) {
	now := time.Now()
	if len(c.lives) == 0 || c.refused {
		c.lives = append(c.lives, life{first: n, began: now})
	}
	c.refused = false
	l := &c.lives[len(c.lives)-1]
	l.last, l.ended = n, now
}

// end returns the lives, when the counting has ended.
func (c *counter) end() []life {
	close(c.stop)
	<-c.stopped
	return c.lives
}

// underLoad restores while a client writes: of what was acknowledged after the
// restored server began to serve nothing may be lost.
func underLoad() []scenario {
	var all []scenario
	for _, aof := range []bool{false, true} {
		all = append(all, scenario{"restore.hcl while a client writes", setup{aof: aof},
			"exit 0, 1 outage, no acknowledged write lost", counted("restore.hcl")})
	}
	return append(all, scenario{"restore-tutorial.hcl while a client writes", setup{aof: true},
		"exit 0, 2 outages", counted("restore-tutorial.hcl")})
}

func counted(runbook string) func(*testing.T, *server) string {
	return func(t *testing.T, s *server) string {
		backup := s.replaced(t)
		c := s.count(t)
		o := s.redbook(t, s.restoring(runbook, backup)...)
		time.Sleep(200 * time.Millisecond) // some writes after redbook has ended
		lives := c.end()
		s.clearFailures(t)
		s.must(t, "systemctl", "restart", s.unit())
		kept, err := s.client(t).Get(context.Background(), "only:counter").Int64()
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("exit %d, ", o.code) + s.losses(lives, kept)
	}
}

// losses compares what was acknowledged since the restore with what was kept.
func (s *server) losses(lives []life, kept int64) string {
	var down time.Duration
	var lost int64
	for i, l := range lives[1:] {
		down += l.began.Sub(lives[i].ended)
		if i > 0 { // the first life's writes are what the restore replaces
			lost += max(0, lives[i].last-l.first+1)
		}
	}
	lost += max(0, lives[len(lives)-1].last-kept)
	s.measured = fmt.Sprintf("no write for %s, %d lost", down.Round(time.Millisecond), lost)
	switch outages := len(lives) - 1; {
	case outages != 1:
		return fmt.Sprintf("%d outages", outages)
	case lost != 0:
		return fmt.Sprintf("1 outage, %d acknowledged writes lost", lost)
	}
	return "1 outage, no acknowledged write lost"
}
