package sshtest

import (
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"testing"
)

// errCut ends a connection that the test wants cut.
var errCut = errors.New("cut")

// listen runs an sshd for each connection, as inetd does.
func (s *Server) listen(t testing.TB) {
	t.Helper()
	if os.Geteuid() == 0 {
		_ = os.Mkdir("/run/sshd", 0o755) // where its unprivileged half lives; made by the package's unit
	}
	var err error
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	s.Port = s.listener.Addr().(*net.TCPAddr).Port
	s.sessions.Add(1)
	go func() {
		defer s.sessions.Done()
		for {
			conn, err := s.listener.Accept()
			if err != nil {
				return
			}
			s.sessions.Add(1)
			go func() {
				defer s.sessions.Done()
				s.serve(conn)
			}()
		}
	}()
	t.Cleanup(func() {
		s.Stop()
		s.sessions.Wait()
	})
}

// Stop ends all connections and accepts no more.
func (s *Server) Stop() {
	s.listener.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.open {
		conn.Close()
	}
}

// CutAfter cuts each connection from now on when it has brought so many bytes from the client or taken
// so many to it, in either direction; 0 cuts none.
func (s *Server) CutAfter(bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut = bytes
}

// Connections is how many there were.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connections
}

func (s *Server) serve(conn net.Conn) {
	s.mu.Lock()
	s.connections++
	s.open[conn] = true
	limit := s.cut
	s.mu.Unlock()
	defer func() {
		conn.Close()
		s.mu.Lock()
		delete(s.open, conn)
		s.mu.Unlock()
	}()
	cmd := exec.Command(s.sshd, "-i", "-e", "-f", s.path("sshd_config"))
	log, err := os.OpenFile(s.path("sshd.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	defer log.Close()
	cmd.Stderr = log
	toServer, err := cmd.StdinPipe()
	if err != nil {
		return
	}
	cmd.Stdout = &cutter{to: conn, left: limit, conn: conn}
	if err := cmd.Start(); err != nil {
		return
	}
	_, _ = io.Copy(&cutter{to: toServer, left: limit, conn: conn}, conn) // ends with the connection, whoever ends it
	toServer.Close()
	conn.Close()
	_ = cmd.Wait() // sshd ends when its connection does
}

// A cutter passes on so many bytes and then closes the connection; with 0 at first, any number.
type cutter struct {
	to   io.Writer
	left int64
	conn net.Conn
}

func (c *cutter) Write(p []byte) (int, error) {
	if c.left == 0 {
		return c.to.Write(p)
	}
	n, err := c.to.Write(p[:min(int64(len(p)), c.left-1)])
	if c.left -= int64(n); c.left == 1 {
		c.conn.Close()
		return n, errCut
	}
	return n, err
}

// Log is what sshd said.
func (s *Server) Log(t testing.TB) string { return s.read(t, "sshd.log") }
