package replication

import (
	"bufio"
	"context"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

const (
	handshakeTime = 10 * time.Second // that a connection gets to show who it is
	connectTime   = 20 * time.Second // that the server gets: it tries each second
	pingInterval  = 5 * time.Second  // well below repl-timeout, 60 s unless set
)

// A Primary gives one server the dataset of a dump.
type Primary struct {
	// ID is the server's own replication id. The server shows it when it connects,
	// and nobody who does not gets the dump. That the primary has the same id makes
	// Redis 7.0 and later load the dataset while they serve the old one.
	ID string
	// Offset is the replication offset that the server continues from.
	Offset int64
	Dump   *Dump
	TLS    *tls.Config         // nil: the server connects without TLS
	From   func(net.Addr) bool // whether a connection may come from there
}

var errNotCome = fmt.Errorf("it did not come within %s; its log says why", connectTime)

// Send accepts connections until the server has come, and sends it the dump. When it
// returns, all was sent, and the server may still be loading the last of it; the
// link stays up until it is closed.
func (p *Primary) Send(ctx context.Context, l net.Listener) (*Link, error) {
	soon, cancel := context.WithTimeoutCause(ctx, connectTime, errNotCome)
	conn, err := p.accept(soon, l)
	cancel()
	if err != nil {
		return nil, fmt.Errorf("await the server's connection: %w", err)
	}
	release := context.AfterFunc(ctx, func() { conn.Close() })
	err = p.sync(ctx, conn)
	if !release() || err != nil {
		conn.Close()
		if cause := context.Cause(ctx); cause != nil {
			return nil, cause
		}
		return nil, err
	}
	link := &Link{conn: conn, closed: make(chan struct{})}
	go link.keep()
	return link, nil
}

// accept returns the first connection that shakes hands as the server does.
func (p *Primary) accept(ctx context.Context, l net.Listener) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { l.Close() })()
	greeted := make(chan net.Conn)
	failed := make(chan error, 1)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				failed <- err
				return
			}
			go p.admit(ctx, conn, greeted)
		}
	}()
	select {
	case conn := <-greeted:
		return conn, nil
	case err := <-failed:
		if cause := context.Cause(ctx); cause != nil {
			return nil, cause
		}
		return nil, err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (p *Primary) admit(ctx context.Context, conn net.Conn, greeted chan<- net.Conn) {
	if p.From != nil && !p.From(conn.RemoteAddr()) {
		conn.Close()
		return
	}
	if p.TLS != nil {
		conn = tls.Server(conn, p.TLS)
	}
	if conn.SetDeadline(time.Now().Add(handshakeTime)) != nil || p.greet(conn) != nil || conn.SetDeadline(time.Time{}) != nil {
		conn.Close()
		return
	}
	select {
	case greeted <- conn:
	case <-ctx.Done():
		conn.Close()
	}
}

// greet answers until the server asks for the dataset. AUTH is answered whatever it says:
// the server has a masterauth for another primary, perhaps.
func (p *Primary) greet(conn net.Conn) error {
	r := bufio.NewReader(conn)
	for {
		command, err := readCommand(r)
		if err != nil {
			return err
		}
		if len(command) == 0 {
			continue
		}
		answer := "+OK\r\n"
		switch strings.ToUpper(command[0]) {
		case "PING":
			answer = "+PONG\r\n"
		case "AUTH", "REPLCONF":
		case "PSYNC":
			if len(command) < 2 || subtle.ConstantTimeCompare([]byte(command[1]), []byte(p.ID)) != 1 {
				return errors.New("it is not the server that was told to connect")
			}
			return nil
		default:
			answer = "-ERR unknown command\r\n"
		}
		if _, err := io.WriteString(conn, answer); err != nil {
			return err
		}
	}
}

func (p *Primary) sync(ctx context.Context, conn net.Conn) error {
	if _, err := fmt.Fprintf(conn, "+FULLRESYNC %s %d\r\n$%d\r\n", p.ID, p.Offset, p.Dump.Size()); err != nil {
		return fmt.Errorf("begin the synchronization: %w", err)
	}
	return p.Dump.send(ctx, conn)
}

// A Link is a connection to a server that has got its dataset.
type Link struct {
	conn   net.Conn
	closed chan struct{}
	once   sync.Once
}

// keep pings as a primary does, and reads the server's acknowledgements away.
func (l *Link) keep() {
	go func() { _, _ = io.Copy(io.Discard, l.conn) }() // ends with the connection
	tick := time.NewTicker(pingInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-l.closed:
			return
		}
		if _, err := l.conn.Write(appendCommand(nil, "PING")); err != nil {
			return
		}
	}
}

// Close ends the link.
func (l *Link) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.conn.Close()
}
