// Package redistest runs real redis-server processes for tests: each with its own directory, port,
// unix socket and configuration file, and gone without a trace when the test ends.
//
// It knows redis-server and go-redis, and nothing of the rest of the module. It is for tests alone.
package redistest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait. It is long since a test machine may be busy; a healthy server needs milliseconds.
const patience = 30 * time.Second

// Server is one redis-server: its files, and the process while there is one. The process may change
// under it: a test may have the server stopped and started by other means, as long as the
// configuration file stays in charge of pidfile and port.
type Server struct {
	Dir      string // private directory that holds all of the below, with a path short enough for sockets
	Conf     string // redis.conf
	Socket   string // unix socket
	Data     string // Redis's dir: dump.rdb, appendonlydir
	PIDFile  string
	LogFile  string
	Port     int // TCP port on 127.0.0.1
	Password string

	binary string
	lines  []string
	user   *syscall.Credential // nil: that of the test

	mu     sync.Mutex
	exited chan struct{} // closed when the child of the last Start is gone
}

// An Option changes the configuration file that New writes.
type Option func(*Server)

// WithAOF turns the append only file on.
func WithAOF() Option { return WithConf("appendonly yes") }

// WithoutSave removes all save points, so a stop does not write a dump.
func WithoutSave() Option { return WithConf(`save ""`) }

// WithPassword sets requirepass; Client and Do use it.
func WithPassword(password string) Option {
	return func(s *Server) {
		s.Password = password
		s.lines = append(s.lines, fmt.Sprintf("requirepass %q", password))
	}
}

// WithConf adds lines to the end of redis.conf.
func WithConf(lines ...string) Option {
	return func(s *Server) { s.lines = append(s.lines, lines...) }
}

// WithUser has the server run as another user, who owns all its files. Only root can.
func WithUser(uid, gid int) Option {
	return func(s *Server) { s.user = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)} }
}

// New makes the directory and the configuration file of a server; Start starts it. When the test
// ends, whatever process serves this configuration is killed and the directory removed.
func New(t testing.TB, opts ...Option) *Server {
	t.Helper()
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal("redis-server is missing: install redis-server (apt-get install redis-server)")
	}
	dir, err := os.MkdirTemp("", "rb") // t.TempDir is too long for a socket address (108 bytes)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{
		Dir:     dir,
		Conf:    filepath.Join(dir, "redis.conf"),
		Socket:  filepath.Join(dir, "redis.sock"),
		Data:    filepath.Join(dir, "data"),
		PIDFile: filepath.Join(dir, "redis.pid"),
		LogFile: filepath.Join(dir, "redis.log"),
		Port:    ReservePort(t),
		binary:  binary,
	}
	t.Cleanup(func() { s.cleanUp(t) })
	for _, o := range opts {
		o(s)
	}
	if err := os.Mkdir(s.Data, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.Conf, s.config(), 0o640); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{s.Dir, s.Data, s.Conf} {
		if err := s.giveAway(path); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *Server) giveAway(path string) error {
	if s.user == nil {
		return nil
	}
	return os.Lchown(path, int(s.user.Uid), int(s.user.Gid))
}

func (s *Server) config() []byte {
	lines := append([]string{
		"bind 127.0.0.1",
		fmt.Sprintf("port %d", s.Port),
		"unixsocket " + s.Socket,
		"daemonize no",
		"pidfile " + s.PIDFile,
		"logfile " + s.LogFile,
		"dir " + s.Data,
	}, s.lines...)
	return []byte(strings.Join(lines, "\n") + "\n")
}

// Start starts the server and waits until it has loaded its data. A server that exits or does not
// get ready fails the test with the server's log.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	exited, err := s.spawn()
	if err != nil {
		t.Fatalf("start redis-server: %v", err)
	}
	s.await(t, exited)
}

// StartFails starts the server and waits until it has exited, as it does on a bad dump or
// configuration. It returns what the server printed and logged since it was started.
func (s *Server) StartFails(t testing.TB) (log string) {
	t.Helper()
	before := len(s.Log(t))
	exited, err := s.spawn()
	if err != nil {
		t.Fatalf("start redis-server: %v", err)
	}
	select {
	case <-exited:
		return s.Log(t)[before:]
	case <-time.After(patience):
		t.Fatalf("redis-server did not exit within %v; its log:\n%s", patience, s.Log(t)[before:])
		return ""
	}
}

// spawn starts the server as a child in a process group of its own, so that a signal to the test's
// group does not reach it. What it prints goes to the log file too: that is where errors in the
// configuration are told.
func (s *Server) spawn() (exited chan struct{}, err error) {
	out, err := os.OpenFile(s.LogFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	if err := s.giveAway(s.LogFile); err != nil {
		return nil, err
	}
	cmd := exec.Command(s.binary, s.Conf)
	cmd.Dir = s.Dir
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: s.user}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	exited = make(chan struct{})
	go func() {
		_ = cmd.Wait() // the log says why; nobody but the waiters needs to know that it ended
		close(exited)
	}()
	s.mu.Lock()
	s.exited = exited
	s.mu.Unlock()
	return exited, nil
}

// Await waits until the server, whoever started it, serves with its data loaded.
func (s *Server) Await(t testing.TB) {
	t.Helper()
	s.await(t, nil)
}

func (s *Server) await(t testing.TB, exited <-chan struct{}) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		select {
		case <-exited:
			t.Fatalf("redis-server exited; its log:\n%s", s.Log(t))
		default:
		}
		if s.Serving() {
			return
		}
	}
	t.Fatalf("redis-server does not serve after %v; its log:\n%s", patience, s.Log(t))
}

// Stop ends the server with SIGTERM, so that it saves as its configuration says, and waits until it
// is gone. It is no error if none runs.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	s.end(t, syscall.SIGTERM)
}

// Kill ends the server with SIGKILL, as a crash does, and waits until it is gone.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	s.end(t, syscall.SIGKILL)
}

// Log returns what the server has logged and printed so far.
func (s *Server) Log(t testing.TB) string {
	t.Helper()
	log, err := os.ReadFile(s.LogFile)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(log)
}
