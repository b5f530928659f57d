// Package sshtest runs the real sshd for tests: with keys of its own, a client configuration
// that reaches it, and connections that a test can cut.
//
// It knows sshd and ssh, and nothing of the rest of the module. It is for tests alone.
package sshtest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Host is the name of the server in its client configuration.
const Host = "far"

// A Server is one sshd, for the user who runs the test, gone when the test ends. Its files are those
// of this machine.
type Server struct {
	Dir    string // private directory that holds all of the below
	Config string // client configuration, for ssh -F
	Port   int    // on 127.0.0.1

	sshd      string
	lines     []string // of sshd's configuration
	subsystem string
	script    string // what answers, where it is not sshd itself
	listener  net.Listener
	sessions  sync.WaitGroup

	mu          sync.Mutex
	connections int
	open        map[net.Conn]bool
	cut         int64 // bytes from the client after which its connection is cut; 0: never
}

// An Option changes a server.
type Option func(*Server)

// SFTPOnly makes the account one that runs no commands.
func SFTPOnly() Option { return WithLines("ForceCommand internal-sftp") }

// WithSubsystem names the subsystem that there is, and has a shell script answer. It is a file of its own, since sshd
// drops the quotes of a command.
func WithSubsystem(name, script string) Option {
	return func(s *Server) { s.subsystem, s.script = name+" "+s.path("subsystem"), script }
}

// WithLines adds lines to sshd's configuration, before others that say the same.
func WithLines(lines ...string) Option {
	return func(s *Server) { s.lines = append(s.lines, lines...) }
}

// Start starts a server whose key the client knows and that knows the client's key.
func Start(t testing.TB, options ...Option) *Server {
	t.Helper()
	s := &Server{Dir: t.TempDir(), subsystem: "sftp internal-sftp", open: map[net.Conn]bool{}}
	s.Config = filepath.Join(s.Dir, "ssh_config")
	for _, o := range options {
		o(s)
	}
	s.sshd = lookUp(t)
	keygen(t, s.path("host_key"))
	keygen(t, s.path("id"))
	if s.script != "" {
		if err := os.WriteFile(s.path("subsystem"), []byte("#!/bin/sh\n"+s.script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s.listen(t)
	s.write(t, "sshd_config", append(s.lines, s.configuration()...)...)
	s.write(t, "authorized_keys", s.read(t, "id.pub"))
	s.Know(t, s.read(t, "host_key.pub"))
	s.write(t, "ssh_config",
		"Host "+Host,
		"  HostName 127.0.0.1",
		fmt.Sprintf("  Port %d", s.Port),
		"  User "+currentUser(t),
		"  IdentityFile "+s.path("id"),
		"  IdentitiesOnly yes",
		"  IdentityAgent none",
		"  UserKnownHostsFile "+s.path("known_hosts"),
		"  GlobalKnownHostsFile /dev/null",
		"Host *",
		"  Port "+fmt.Sprint(s.Port))
	return s
}

func (s *Server) configuration() []string {
	return []string{
		"HostKey " + s.path("host_key"),
		"AuthorizedKeysFile " + s.path("authorized_keys"),
		"StrictModes no", "PasswordAuthentication no", "KbdInteractiveAuthentication no",
		"PidFile none", "LogLevel ERROR",
		"Subsystem " + s.subsystem,
	}
}

func (s *Server) path(name string) string { return filepath.Join(s.Dir, name) }

func (s *Server) write(t testing.TB, name string, lines ...string) {
	t.Helper()
	if err := os.WriteFile(s.path(name), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s *Server) read(t testing.TB, name string) string {
	t.Helper()
	content, err := os.ReadFile(s.path(name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(content))
}

// Know makes known_hosts say that this is the server's key, in the form of a .pub file.
func (s *Server) Know(t testing.TB, key string) {
	s.write(t, "known_hosts", fmt.Sprintf("[127.0.0.1]:%d %s", s.Port, key))
}

// Forget empties known_hosts.
func (s *Server) Forget(t testing.TB) { s.write(t, "known_hosts") }

// NewKey makes a key pair and returns its public half.
func (s *Server) NewKey(t testing.TB, name string) string {
	keygen(t, s.path(name))
	return s.read(t, name+".pub")
}

// Refuse makes the server know no key of the client.
func (s *Server) Refuse(t testing.TB) { s.write(t, "authorized_keys") }

func keygen(t testing.TB, path string) {
	t.Helper()
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", path).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v\n%s", err, out)
	}
}

// lookUp finds sshd, which insists on being started by its path.
func lookUp(t testing.TB) string {
	t.Helper()
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/usr/local/sbin") {
		path := filepath.Join(dir, "sshd")
		if info, err := os.Stat(path); err == nil && info.Mode()&0o111 != 0 {
			return path
		}
	}
	t.Fatal("sshd is missing: install openssh-server (apt-get install openssh-server)")
	return ""
}

func currentUser(t testing.TB) string {
	t.Helper()
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	return u.Username
}
