package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

const (
	probeEvery = time.Millisecond
	// A client gives up when it has no answer after so long.
	probePatience = time.Second
)

// An attempt is one command that a client sent.
type attempt struct {
	sent, answered time.Time
	failed         bool
}

// A prober is a client that sends the same command each millisecond, one at a time, and connects anew after a failure.
type prober struct {
	socket, command string

	mu       sync.Mutex // guards attempts
	attempts []attempt
}

// probing starts a prober, which stops with ctx.
func probing(ctx context.Context, users *sync.WaitGroup, socket, command string) *prober {
	p := &prober{socket: socket, command: command}
	users.Go(func() { p.run(ctx) })
	return p
}

func (p *prober) run(ctx context.Context) {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	var l *link
	for {
		select {
		case <-ctx.Done():
			l.close()
			return
		case <-tick.C:
		}
		a := attempt{sent: time.Now()}
		var err error
		if l == nil {
			l, err = connect(p.socket)
		}
		if err == nil {
			err = l.ask(p.command)
		}
		a.answered, a.failed = time.Now(), err != nil
		if a.failed {
			l.close()
			l = nil
		}
		p.mu.Lock()
		p.attempts = append(p.attempts, a)
		p.mu.Unlock()
	}
}

// A link is a client's connection; nil is none.
type link struct {
	conn net.Conn
	in   *bufio.Reader
}

func connect(socket string) (*link, error) {
	conn, err := net.DialTimeout("unix", socket, probePatience)
	if err != nil {
		return nil, err
	}
	return &link{conn, bufio.NewReader(conn)}, nil
}

func (l *link) close() {
	if l != nil {
		l.conn.Close()
	}
}

// ask sends one command, whose reply is one line or a short string.
func (l *link) ask(command string) error {
	if err := l.conn.SetDeadline(time.Now().Add(probePatience)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(l.conn, "%s\r\n", command); err != nil {
		return err
	}
	line, err := l.in.ReadString('\n')
	if err != nil {
		return err
	}
	switch {
	case strings.HasPrefix(line, "-"):
		return errors.New(strings.TrimSpace(line))
	case line == "$-1\r\n":
		return errors.New("the key is not there")
	case strings.HasPrefix(line, "$"):
		_, err = l.in.ReadString('\n')
	}
	return err
}

// good is the number of answers in a row without a failure, up to now.
func (p *prober) good() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.attempts) - 1; i >= 0 && !p.attempts[i].failed; i-- {
		n++
	}
	return n
}

// A span is a time in which a client got no good answer, measured from the begin of the procedure.
type span struct{ From, To time.Duration }

// An experience is what a client went through.
type experience struct {
	Sent, Failed int64
	Spans        []span        // each from the first command that failed to the first that did not again
	Slowest      time.Duration // of the good answers
}

// Total is the time without a good answer.
func (e experience) Total() (sum time.Duration) {
	for _, s := range e.Spans {
		sum += s.To - s.From
	}
	return sum
}

// experience sums up what there was since begin.
func (p *prober) experience(begin time.Time) (e experience) {
	p.mu.Lock()
	defer p.mu.Unlock()
	down := false
	for _, a := range p.attempts {
		if a.answered.Before(begin) {
			continue
		}
		e.Sent++
		switch {
		case a.failed && !down:
			e.Spans = append(e.Spans, span{From: max(a.sent.Sub(begin), 0)})
			down = true
		case !a.failed && down:
			e.Spans[len(e.Spans)-1].To = a.answered.Sub(begin)
			down = false
		}
		if a.failed {
			e.Failed++
		} else {
			e.Slowest = max(e.Slowest, a.answered.Sub(a.sent))
		}
	}
	return e
}
