package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"redbook/internal/redistest"
)

// patience bounds every wait of a test; a healthy machine needs far less.
const patience = 60 * time.Second

// A redisServer is a real redis-server in a directory that the test gives, whose
// path has the same length in every run: redbook's lines break where they did.
type redisServer struct {
	tb       testing.TB
	dir      string
	port     int
	program  string
	username string
	password string
	tls      *tls.Config // nil: it is spoken to without
}

// newRedis writes dir/redis.conf and, beside dir, vars.hcl, which tells the
// shipped runbooks where the server is.
func newRedis(tb testing.TB, dir string, lines ...string) *redisServer {
	tb.Helper()
	s := &redisServer{tb: tb, dir: dir, port: redistest.ReservePort(tb), program: "redis-server"}
	if err := os.MkdirAll(filepath.Join(dir, "data"), 0o755); err != nil {
		tb.Fatal(err)
	}
	conf := append([]string{
		"bind 127.0.0.1", fmt.Sprintf("port %d", s.port), "dir " + dir + "/data", "pidfile " + dir + "/pid", "logfile " + dir + "/log",
	}, lines...)
	writeFile(tb, s.conf(), strings.Join(conf, "\n")+"\n")
	writeFile(tb, filepath.Join(filepath.Dir(dir), "vars.hcl"), fmt.Sprintf(
		"address = %q\nprocess = [\"redis-server\", %q]\n", s.address(), s.conf()))
	tb.Cleanup(func() { s.end(syscall.SIGKILL) })
	return s
}

func (s *redisServer) conf() string    { return s.dir + "/redis.conf" }
func (s *redisServer) address() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

func (s *redisServer) start() {
	s.tb.Helper()
	cmd := exec.Command(s.program, s.conf())
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		s.tb.Fatalf("start %s: %v: install it (apt-get install redis-server)", s.program, err)
	}
	go func() { _ = cmd.Wait() }() // reaped, so that it is seen to be gone
	await(s.tb, "redis-server to serve", func() bool {
		c := s.client()
		defer c.Close()
		return c.Ping(context.Background()).Err() == nil
	})
}

// end ends whatever process serves this configuration, whoever started it.
func (s *redisServer) end(sig syscall.Signal) {
	ended := 0
	await(s.tb, "redis-server to be gone", func() bool {
		pid := s.pid() // for a moment that of a child, which looks the same
		if pid != ended && pid != 0 {
			_ = syscall.Kill(pid, sig) // gone already is well too
			ended = pid
		}
		return pid == 0
	})
}

// pid is the server's process, 0 when none runs. It is a redis-server, or a
// valkey-server, at this port or with this configuration.
func (s *redisServer) pid() int {
	entries, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range entries {
		title, _ := os.ReadFile(path)
		text := strings.ReplaceAll(string(title), "\x00", " ")
		if strings.Contains(text, "-server") && !strings.Contains(text, "redbook") &&
			(strings.Contains(text, s.address()) || strings.Contains(text, s.conf())) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			return pid
		}
	}
	return 0
}

// client dials without knowing how to give up, so ask only a server that runs.
func (s *redisServer) client() *redis.Client {
	return redis.NewClient(&redis.Options{
		Addr: s.address(), Username: s.username, Password: s.password, TLSConfig: s.tls, Protocol: 2, MaxRetries: -1, DisableIdentity: true,
	})
}

func (s *redisServer) do(args ...any) string {
	s.tb.Helper()
	c := s.client()
	defer c.Close()
	reply, err := c.Do(context.Background(), args...).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		s.tb.Fatalf("redis %v: %v", args, err)
	}
	return fmt.Sprint(reply)
}

func await(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("gave up waiting for %s", what)
		}
	}
}

func writeFile(tb testing.TB, path, content string) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		tb.Fatal(err)
	}
}

func readFile(tb testing.TB, path string) string {
	tb.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return string(content)
}

// workDirectory makes a directory whose path has the same length each time.
func workDirectory(tb testing.TB) string {
	tb.Helper()
	for {
		dir := filepath.Join("/tmp", fmt.Sprintf("rb%06d", rand.IntN(1_000_000)))
		err := os.Mkdir(dir, 0o755)
		if os.IsExist(err) {
			continue
		}
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() {
			if err := os.RemoveAll(dir); err != nil {
				tb.Error(err)
			}
		})
		return dir
	}
}
