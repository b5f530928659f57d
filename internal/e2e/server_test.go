//go:build e2e

package e2e

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"redbook/internal/nspawn"
	"redbook/internal/redistest"
)

// A server is Redis or Valkey on a host, as its Debian package sets it up.
type server struct {
	host    *nspawn.Host
	suite   string
	product string // redis, valkey
	version string
	suffix  string // of an instance of the unit's template: "-second"
	port    int

	setup    setup
	digests  map[string]string // of data that is known, by name
	measured string            // what the table shows besides
	original string            // the config as packaged

	certificates redistest.Certificates // for a setup with tls
	transcript   string                 // of redbook in this case
}

// setup is what a case wants of the server's configuration.
type setup struct {
	aof      bool
	password string
	user     string // an ACL user whose password that is; the default user is off then
	socket   bool   // a unix socket and no TCP port
	tls      bool   // with certificates on both sides, and no port without
	config   string
	dropIn   string // of the unit
	service  string // another name of the unit
	dir      string // to make for the server, where the config names another than the packaged one
}

func (s setup) auth() string {
	var parts []string
	switch {
	case s.user != "":
		parts = append(parts, "ACL user")
	case s.password != "":
		parts = append(parts, "requirepass")
	}
	if s.tls {
		parts = append(parts, "TLS")
	}
	if s.socket {
		parts = append(parts, "unix socket")
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

func newServer(t *testing.T, h *nspawn.Host, suite, product string) *server {
	t.Helper()
	s := &server{host: h, suite: suite, product: product, port: 6379}
	s.look(t)
	return s
}

// newInstance makes a second server of the same host, which the packaged template
// unit runs beside the first; as its comments say, in the same directory.
func newInstance(t *testing.T, first *server, name string, port int) *server {
	t.Helper()
	s := &server{host: first.host, suite: first.suite, product: first.product, suffix: "-" + name, port: port}
	config := first.original
	for _, change := range [][2]string{
		{"\nport 6379\n", fmt.Sprintf("\nport %d\n", port)},
		{"\ndbfilename dump.rdb\n", "\ndbfilename dump" + s.suffix + ".rdb\n"},
		{`"appendonlydir"`, `"appendonlydir` + s.suffix + `"`},
		{"redis-server.log", "redis-server" + s.suffix + ".log"},
		{"/run/redis/", "/run/redis" + s.suffix + "/"},
	} {
		if !strings.Contains(config, change[0]) {
			t.Fatalf("the packaged config has no %q", change[0])
		}
		config = strings.Replace(config, change[0], change[1], 1)
	}
	if err := s.host.WriteFile(s.configPath(), config, 0o640); err != nil {
		t.Fatal(err)
	}
	s.must(t, "chown", s.product+":"+s.product, s.configPath())
	s.look(t)
	return s
}

// look reads what the package, or newInstance, set up.
func (s *server) look(t *testing.T) {
	t.Helper()
	config, err := s.host.ReadFile(s.configPath())
	if err != nil {
		t.Fatal(err)
	}
	s.original = config
	printed := s.must(t, s.product+"-server", "--version")
	for word := range strings.FieldsSeq(printed) {
		if v, ok := strings.CutPrefix(word, "v="); ok {
			s.version = v
		}
	}
	t.Cleanup(func() { s.must(t, "systemctl", "stop", s.unit()) })
}

func (s *server) unit() string {
	if s.suffix != "" {
		return s.product + "-server@" + s.suffix[1:] + ".service"
	}
	return s.product + "-server.service"
}

// service is the unit as the runbook is told it.
func (s *server) service() string {
	if s.setup.service != "" {
		return s.setup.service
	}
	return s.unit()
}

func (s *server) configPath() string {
	return "/etc/" + s.product + "/" + s.product + s.suffix + ".conf"
}
func (s *server) dir() string        { return "/var/lib/" + s.product }
func (s *server) socketPath() string { return "/run/" + s.product + s.suffix + "/test.sock" }
func (s *server) tcpAddress() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

// address is what a runbook's variable takes.
func (s *server) address() string {
	if s.setup.socket {
		return "unix://" + s.socketPath()
	}
	return s.tcpAddress()
}

// must runs a command on the host that has to end with 0.
func (s *server) must(t *testing.T, argv ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	out, err := s.host.Run(ctx, argv...)
	if err != nil || out.Code != 0 {
		t.Fatalf("%s: exit %d, %v\n%s%s", strings.Join(argv, " "), out.Code, err, out.Stdout, out.Stderr)
	}
	return out.Stdout
}

// reset gives the server a fresh start: the packaged config with the setup's
// changes, no data, no history of failures.
func (s *server) reset(t *testing.T, want setup) {
	t.Helper()
	s.setup, s.digests, s.measured, s.transcript = want, map[string]string{}, "", ""
	s.must(t, "systemctl", "stop", s.unit())
	data := s.dir() + "/*"
	if s.suffix != "" {
		data += s.suffix + "*" // the rest is another's
	}
	s.must(t, "sh", "-c", "rm -rf "+data+" /var/lib/redbook /var/backups/redis/*; "+
		"chown "+s.product+": "+s.dir()+"; chmod 0750 "+s.dir())
	if want.tls {
		s.makeCertificates(t)
	}
	if want.dir != "" {
		s.must(t, "rm", "-rf", want.dir)
		s.must(t, "install", "-d", "-o", s.product, "-g", s.product, want.dir)
	}
	s.writeConfig(t, s.configured(t))
	s.dropIn(t, want.dropIn)
	s.clearFailures(t)
}

// dropIn changes the unit, or with "" leaves it as packaged.
func (s *server) dropIn(t *testing.T, content string) {
	t.Helper()
	dir := "/run/systemd/system/" + s.unit() + ".d"
	s.must(t, "rm", "-rf", dir)
	if content != "" {
		s.must(t, "mkdir", "-p", dir)
		if err := s.host.WriteFile(dir+"/test.conf", content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s.must(t, "systemctl", "daemon-reload")
}

// clearFailures also sets back the count that a unit's start limit goes by.
func (s *server) clearFailures(t *testing.T) {
	t.Helper()
	s.must(t, "sh", "-c", "systemctl reset-failed "+s.unit()+" 2>/dev/null || true")
}

func (s *server) configured(t *testing.T) string {
	t.Helper()
	config := s.original
	if s.setup.aof {
		config = strings.Replace(config, "\nappendonly no\n", "\nappendonly yes\n", 1)
	}
	switch {
	case s.setup.user != "":
		config += s.users(t)
	case s.setup.password != "":
		config += fmt.Sprintf("requirepass %q\n", s.setup.password)
	}
	if s.setup.socket || s.setup.tls {
		config = strings.Replace(config, fmt.Sprintf("\nport %d\n", s.port), "\nport 0\n", 1)
	}
	if s.setup.socket {
		config += "unixsocket " + s.socketPath() + "\nunixsocketperm 770\n"
	}
	if s.setup.tls {
		config += s.tlsOptions()
	}
	return config + s.setup.config
}

// writeConfig keeps owner and mode.
func (s *server) writeConfig(t *testing.T, content string) {
	t.Helper()
	f, err := os.OpenFile(s.host.Path(s.configPath()), os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(content); err != nil {
		t.Fatal(err)
	}
}

// start starts the unit by systemctl.
func (s *server) start(t *testing.T) {
	t.Helper()
	s.clearFailures(t)
	s.must(t, "systemctl", "start", s.unit())
	s.client(t)
}

func (s *server) stop(t *testing.T) {
	t.Helper()
	s.must(t, "systemctl", "stop", s.unit())
	s.clearFailures(t)
}

// set writes a string.
func (s *server) set(t *testing.T, key, value string) {
	t.Helper()
	if err := s.client(t).Set(context.Background(), key, value, 0).Err(); err != nil {
		t.Fatal(err)
	}
}

// client connects to the server and waits until it has loaded its data.
func (s *server) client(t *testing.T) *redis.Client {
	t.Helper()
	secure := s.tlsConfig(t)
	user := ""
	if s.setup.user != "" {
		user = tester
	}
	c := redis.NewClient(&redis.Options{
		Username: user,
		Password: s.setup.password,
		Protocol: 2, // 6.0 answers HELLO 3 as well, but not all that clients ask next
		Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) {
			if s.setup.socket {
				return s.host.Dial(ctx, "unix", s.socketPath())
			}
			conn, err := s.host.Dial(ctx, "tcp", s.tcpAddress())
			if secure != nil && err == nil {
				return tls.Client(conn, secure), nil
			}
			return conn, err
		},
		DisableIdentity: true,
		MaxRetries:      -1, // a write that is sent again would be counted twice
	})
	t.Cleanup(func() { c.Close() })
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		err := c.Ping(ctx).Err()
		if err == nil {
			return c
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s does not answer: %v\n%s", s.unit(), err, s.log())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// fill writes the data that is to be backed up.
func (s *server) fill(t *testing.T) {
	t.Helper()
	redistest.Fill(t, s.client(t))
	s.remember(t, "backup data")
}

// change makes the data another: what a restore is to replace.
func (s *server) change(t *testing.T) {
	t.Helper()
	c := s.client(t).Conn()
	defer c.Close()
	for _, command := range [][]any{
		{"SET", "shapes:triangles", "lost its sides"},
		{"DEL", "list:large", "hash:small"},
		{"SET", "only:now", "written after the backup"},
		{"SELECT", 5},
		{"SET", "another:database", "five"},
	} {
		if err := c.Do(context.Background(), command...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	s.remember(t, "current data")
}

func (s *server) remember(t *testing.T, name string) {
	t.Helper()
	s.digests[name] = redistest.Digest(t, s.client(t))
}

// data names what the server holds now.
func (s *server) data(t *testing.T) string {
	t.Helper()
	now := redistest.Digest(t, s.client(t))
	for name, digest := range s.digests {
		if digest == now {
			return name
		}
	}
	return "other data " + short(now)
}

// property asks systemd about the unit.
func (s *server) property(t *testing.T, name string) string {
	t.Helper()
	return strings.TrimSpace(s.must(t, "systemctl", "show", "-P", name, s.unit()))
}

// log is the end of the server's log file and of its journal.
func (s *server) log() string {
	out, _ := s.host.Run(context.Background(), "sh", "-c",
		"tail -n 20 /var/log/"+s.product+"/*.log; journalctl --no-pager -n 20 -u "+s.unit())
	return out.Stdout
}
