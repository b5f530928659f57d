//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A counter is a client that counts in the server all the time and remembers what
// was acknowledged.
type counter struct {
	stop, stopped    chan struct{}
	lives            []life
	refused          bool // the last write was
	acknowledgements atomic.Int64
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
	c.acknowledgements.Add(1)
	l := &c.lives[len(c.lives)-1]
	l.last, l.ended = n, now
}

// awaitWrites waits until so many more were acknowledged.
func (c *counter) awaitWrites(t *testing.T, s *server, n int64) {
	t.Helper()
	from := c.acknowledgements.Load()
	s.eventually(t, "writes", func() bool { return c.acknowledgements.Load() >= from+n })
}

// end returns the lives, when the counting has ended.
func (c *counter) end() []life {
	close(c.stop)
	<-c.stopped
	return c.lives
}

// A load is what a client that writes all the time sees of restores.
type load struct{ rows []loadRow }

// A loadRow is one restore under load.
type loadRow struct {
	runbook       string
	aof           bool
	stops, starts int
	restarts      string // by systemd of its own accord
	noWrite       time.Duration
	lost          int64
}

// restores are those under a client that writes: of what was acknowledged after the
// restored server began to serve nothing may be lost.
func (l *load) restores() []scenario {
	var all []scenario
	for _, aof := range []bool{false, true} {
		all = append(all, scenario{"restore.hcl while a client writes", setup{aof: aof},
			"exit 0, 1 stop, 1 start, no acknowledged write lost", l.restore("restore.hcl")},
			scenario{"restore-tutorial.hcl while a client writes", setup{aof: aof}, tutorialLosses[aof], l.restore("restore-tutorial.hcl")})
	}
	return all
}

// tutorialLosses are what the tutorial's order leads to, without AOF and with.
var tutorialLosses = map[bool]string{
	false: "exit 0, 1 stop, 1 start, no acknowledged write lost",
	true:  "exit 0, 2 stops, 2 starts, acknowledged writes lost",
}

func (l *load) restore(runbook string) func(*testing.T, *server) string {
	return func(t *testing.T, s *server) string {
		backup := s.replaced(t)
		since := strings.TrimSpace(s.must(t, "date", "+@%s.%6N"))
		c := s.count(t)
		o := s.redbook(t, s.restoring(t, runbook, backup)...)
		c.awaitWrites(t, s, 100) // that the next start has to bring back
		lives := c.end()
		r := loadRow{runbook: runbook, aof: s.setup.aof, restarts: s.property(t, "NRestarts"),
			stops: s.journalled(t, since, "Stopped"), starts: s.journalled(t, since, "Started")}
		s.clearFailures(t)
		s.must(t, "systemctl", "restart", s.unit())
		kept, err := s.client(t).Get(context.Background(), "only:counter").Int64()
		if err != nil {
			t.Fatal(err)
		}
		r.losses(lives, kept)
		l.rows = append(l.rows, r)
		s.measured = fmt.Sprintf("no write for %s, %d lost", r.noWrite.Round(time.Millisecond), r.lost)
		return fmt.Sprintf("exit %d, %s, %s, ", o.code, number(r.stops, "stop"), number(r.starts, "start")) + r.loss()
	}
}

// journalled counts what systemd did to the unit.
func (s *server) journalled(t *testing.T, since, what string) (n int) {
	t.Helper()
	for line := range strings.Lines(s.must(t, "journalctl", "-u", s.unit(), "-o", "cat", "--no-pager", "--since", since)) {
		if strings.HasPrefix(line, what+" ") {
			n++
		}
	}
	return n
}

// losses compares what was acknowledged since the restore with what was kept.
func (r *loadRow) losses(lives []life, kept int64) {
	for i, l := range lives[1:] {
		r.noWrite += l.began.Sub(lives[i].ended)
		if i > 0 { // the first life's writes are what the restore replaces
			r.lost += max(0, lives[i].last-l.first+1)
		}
	}
	r.lost += max(0, lives[len(lives)-1].last-kept)
}

func (r *loadRow) loss() string {
	if r.lost > 0 {
		return "acknowledged writes lost"
	}
	return "no acknowledged write lost"
}

func number(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// table is the part of the tutorial's page with the figures.
func (l *load) table() string {
	var b strings.Builder
	b.WriteString(`
## Under load

A client counts in the server all the time, a write a millisecond, while a restore runs. Lost is what the server had
acknowledged after it began to serve the restored data, and did not have any more after one more restart. The times are
those of one run on a small machine that was busy; what takes them is the stop, the load and the start.

| runbook | AOF | stops | starts | restarts by systemd | no write for | acknowledged writes |
| --- | --- | --- | --- | --- | --- | --- |
`)
	for _, r := range l.rows {
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %s | %d ms | %d lost |\n", r.runbook, onOff(r.aof), r.stops, r.starts, r.restarts, r.noWrite.Milliseconds(), r.lost)
	}
	return b.String()
}
