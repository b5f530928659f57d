package local

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"redbook/internal/redistest"
	"redbook/runbook/host"
)

func TestConnections(t *testing.T) {
	certs := newCertificates(t)
	s := redistest.New(t, redistest.WithPassword(`pass "word"`), redistest.WithConf(
		"user backup on >their-secret ~* &* +@all",
		"user reader on >their-secret ~* +get +type +pttl +ping +info +hello"))
	s.Start(t)
	tcp := listen(t, s, "port")
	secure, secureAddress := startTLS(t, certs)
	ca := &host.TLS{CA: certs.ca, Cert: certs.clientCert, Key: certs.clientKey}
	for _, tt := range []struct {
		name   string
		config host.ServerConfig
		want   []string // in the error; none: it works
		down   bool
	}{
		{"socket", host.ServerConfig{Address: "unix://" + s.Socket, Password: host.NewSecret(s.Password)}, nil, false},
		{"tcp", host.ServerConfig{Address: tcp, Password: host.NewSecret(s.Password)}, nil, false},
		{"acl user", host.ServerConfig{Address: tcp, Username: "backup", Password: host.NewSecret("their-secret")}, nil, false},
		{"no password", host.ServerConfig{Address: tcp}, []string{"NOAUTH", "set password"}, false},
		{"wrong password", host.ServerConfig{Address: tcp, Password: host.NewSecret("guess-1234")}, []string{"WRONGPASS", "check username and password"}, false},
		{"wrong user", host.ServerConfig{Address: tcp, Username: "nobody", Password: host.NewSecret("guess-1234")}, []string{"WRONGPASS"}, false},
		{"user who may not", host.ServerConfig{Address: tcp, Username: "reader", Password: host.NewSecret("their-secret")}, []string{"NOPERM", "grant it"}, false},
		{"nobody listens", host.ServerConfig{Address: "127.0.0.1:1"}, []string{"connection refused", "start the server"}, true},
		{"no socket", host.ServerConfig{Address: "unix://" + s.Dir + "/none"}, []string{"no such file", "start the server"}, true},
		{"plain to a TLS port", host.ServerConfig{Address: secureAddress}, []string{"tls block"}, true},
		{"tls", host.ServerConfig{Address: secureAddress, TLS: ca}, nil, false},
		{"tls, other server_name", host.ServerConfig{Address: secureAddress, TLS: &host.TLS{CA: certs.ca, Cert: certs.clientCert, Key: certs.clientKey, ServerName: "redis.test"}}, nil, false},
		{"tls, wrong server_name", host.ServerConfig{Address: secureAddress, TLS: &host.TLS{CA: certs.ca, ServerName: "else.test"}}, []string{"else.test", "server_name"}, false},
		{"tls, unknown ca", host.ServerConfig{Address: secureAddress, TLS: &host.TLS{}}, []string{"unknown authority", "check tls"}, false},
		{"tls, no client certificate", host.ServerConfig{Address: secureAddress, TLS: &host.TLS{CA: certs.ca}}, []string{"it may want cert and key"}, true},
		{"tls, ca missing", host.ServerConfig{Address: secureAddress, TLS: &host.TLS{CA: "/nonexistent"}}, []string{"read tls ca", "/nonexistent"}, false},
		{"tls, key missing", host.ServerConfig{Address: secureAddress, TLS: &host.TLS{Cert: certs.clientCert}}, []string{"give both"}, false},
		{"tls to a plain port", host.ServerConfig{Address: tcp, TLS: ca}, []string{"TLS handshake", "tls-port"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.config.Name = "main"
			got, err := instance(t, tt.config).Option(background(t), "maxmemory-policy")
			if tt.want == nil {
				if err != nil || got != "noeviction" {
					t.Errorf("Option = %q, %v", got, err)
				}
				return
			}
			mustContain(t, err, append(tt.want, `redis "main"`, tt.config.Address)...)
			if errors.Is(err, host.ErrDown) != tt.down {
				t.Errorf("is ErrDown: %v, want %v: %v", !tt.down, tt.down, err)
			}
			for _, secret := range []string{"guess-1234", "their-secret"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("error shows the password: %v", err)
				}
			}
		})
	}
	secure.Stop(t)
}

// startTLS starts a server that speaks TLS on a port and wants client certificates.
func startTLS(t *testing.T, certs certificates) (*redistest.Server, string) {
	t.Helper()
	s := redistest.New(t, redistest.WithConf(
		"tls-ca-cert-file "+certs.ca, "tls-cert-file "+certs.serverCert, "tls-key-file "+certs.serverKey))
	s.Start(t)
	return s, listen(t, s, "tls-port")
}

// listen has a running server listen on a port that is free, and returns the address.
func listen(t *testing.T, s *redistest.Server, option string) string {
	t.Helper()
	for range 100 {
		port := 15000 + rand.IntN(15000) // below the range of outgoing connections
		if s.Client(t).ConfigSet(background(t), option, strconv.Itoa(port)).Err() == nil {
			return fmt.Sprintf("127.0.0.1:%d", port)
		}
	}
	t.Fatal("no free port")
	return ""
}

func TestStatusOfAServerThatRefuses(t *testing.T) {
	s := redistest.New(t, redistest.WithPassword("right"))
	c := blockOf(s)
	c.Password = host.NewSecret("wrong-1234")
	i, ctx := instance(t, c), background(t)
	err := i.Start(ctx)
	mustContain(t, err, "WRONGPASS")
	var start *host.StartError
	if errors.As(err, &start) {
		t.Errorf("a server that runs and refuses the password is no failed start: %v", err)
	}
	st, err := i.Status(ctx)
	mustContain(t, err, "WRONGPASS")
	if st.PID != s.PID() {
		t.Errorf("Status has process %d, want %d", st.PID, s.PID())
	}
}

func TestInfoAndOption(t *testing.T) {
	s := redistest.New(t)
	s.Start(t)
	i, ctx := instance(t, blockOf(s)), background(t)
	fields, err := i.Info(ctx)
	if err != nil || fields["loading"] != "0" || fields["config_file"] != s.Conf || fields["tcp_port"] != fmt.Sprint(s.Port) {
		t.Errorf("Info = %v, %v", fields, err)
	}
	if got, err := i.Option(ctx, "DIR"); err != nil || got != s.Data {
		t.Errorf("Option(DIR) = %q, %v, want %q", got, err, s.Data)
	}
	for _, name := range []string{"no-such-option", "*", "append*"} {
		_, err := i.Option(ctx, name)
		mustContain(t, err, "no option", name)
	}
}

func TestParseInfo(t *testing.T) {
	got := parseInfo("# Server\r\na:1\r\n\r\n# Keyspace\r\ndb0:keys=1,expires=0\r\npath:/a:b\r\nnothing\r\n")
	want := map[string]string{"a": "1", "db0": "keys=1,expires=0", "path": "/a:b"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestKey(t *testing.T) {
	s := redistest.New(t)
	s.Start(t)
	s.Do(t, "SET", "s", "3 sides")
	s.Do(t, "SET", "expiring", "v", "PX", "3600000")
	s.Do(t, "SET", "binary", "a\x00\r\nb")
	s.Do(t, "SET", "", "empty name")
	s.Do(t, "RPUSH", "list", "1")
	s.Do(t, "XADD", "stream", "*", "a", "b")
	s.Do(t, "COPY", "s", "s5", "DB", "5")
	i, ctx := instance(t, blockOf(s)), background(t)
	for _, tt := range []struct {
		db   int
		key  string
		want host.Key
	}{
		{0, "s", host.Key{Exists: true, Type: "string", Value: "3 sides", TTL: -1}},
		{0, "binary", host.Key{Exists: true, Type: "string", Value: "a\x00\r\nb", TTL: -1}},
		{0, "", host.Key{Exists: true, Type: "string", Value: "empty name", TTL: -1}},
		{0, "list", host.Key{Exists: true, Type: "list", TTL: -1}},
		{0, "stream", host.Key{Exists: true, Type: "stream", TTL: -1}},
		{0, "none", host.Key{}},
		{5, "s5", host.Key{Exists: true, Type: "string", Value: "3 sides", TTL: -1}},
		{5, "s", host.Key{}},
	} {
		if got, err := i.Key(ctx, tt.db, tt.key); err != nil || got != tt.want {
			t.Errorf("Key(%d, %q) = %+v, %v, want %+v", tt.db, tt.key, got, err, tt.want)
		}
	}
	if k, err := i.Key(ctx, 0, "expiring"); err != nil || k.TTL <= 0 || k.TTL > time.Hour {
		t.Errorf("expiring: %+v, %v", k, err)
	}
	_, err := i.Key(ctx, 16, "s")
	mustContain(t, err, "database 16", "raise databases")
}

func TestSave(t *testing.T) {
	for _, background_ := range []bool{false, true} {
		t.Run(fmt.Sprintf("background %v", background_), func(t *testing.T) {
			s := redistest.New(t)
			s.Start(t)
			i, ctx := instance(t, blockOf(s)), background(t)
			for n := range 3 { // close together: LASTSAVE tells only seconds
				s.Do(t, "SET", "k", n)
				if err := i.Save(ctx, background_); err != nil {
					t.Fatal(err)
				}
				if dirty := info1(t, i, "rdb_changes_since_last_save"); dirty != "0" {
					t.Errorf("after the save %s changes are unsaved", dirty)
				}
			}
			s.Kill(t)
			s.Start(t)
			if got := s.Do(t, "GET", "k"); got != "2" {
				t.Errorf("k = %v, want 2", got)
			}
		})
	}
}

func info1(t *testing.T, s host.Server, field string) string {
	t.Helper()
	fields, err := s.Info(background(t))
	if err != nil {
		t.Fatal(err)
	}
	return fields[field]
}

// slowChild makes saves and rewrites take long, so that others meet them.
func slowChild(t *testing.T, s *redistest.Server) {
	t.Helper()
	s.Do(t, "DEBUG", "POPULATE", "300")
	s.Do(t, "CONFIG", "SET", "rdb-key-save-delay", "5000") // microseconds a key
}

// A save that runs holds older data; it is waited out.
func TestSaveDuringAnother(t *testing.T) {
	for _, tt := range []struct {
		name       string
		begin      []any
		background bool
	}{
		{"save during bgsave", []any{"BGSAVE"}, false},
		{"bgsave during bgsave", []any{"BGSAVE"}, true},
		{"bgsave during rewrite", []any{"BGREWRITEAOF"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := redistest.New(t, redistest.WithConf("enable-debug-command yes"))
			s.Start(t)
			slowChild(t, s)
			i, ctx := instance(t, blockOf(s)), background(t)
			s.Do(t, tt.begin...)
			s.Do(t, "CONFIG", "SET", "rdb-key-save-delay", "0")
			s.Do(t, "SET", "late", "v")
			if err := i.Save(ctx, tt.background); err != nil {
				t.Fatal(err)
			}
			s.Kill(t)
			s.Start(t)
			if got := s.Do(t, "GET", "late"); got != "v" {
				t.Errorf("late = %v: the save that ran before was taken for ours", got)
			}
		})
	}
}

func TestSaveFails(t *testing.T) {
	for _, background_ := range []bool{false, true} {
		t.Run(fmt.Sprintf("background %v", background_), func(t *testing.T) {
			s := redistest.New(t)
			s.Start(t)
			blockDump(t, s)
			i, ctx := instance(t, blockOf(s)), background(t)
			mustContain(t, i.Save(ctx, background_), `save redis "main"`, "could not write the dump")
			if err := os.RemoveAll(s.Data + "/dump.rdb"); err != nil {
				t.Fatal(err)
			}
			if err := i.Save(ctx, background_); err != nil {
				t.Errorf("after the cause is gone: %v", err)
			}
		})
	}
}

func TestRewriteAOF(t *testing.T) {
	for _, running := range []string{"", "BGREWRITEAOF", "BGSAVE"} {
		t.Run("during "+running, func(t *testing.T) {
			s := redistest.New(t, redistest.WithAOF(), redistest.WithoutSave(), redistest.WithConf("enable-debug-command yes"))
			s.Start(t)
			i, ctx := instance(t, blockOf(s)), background(t)
			if running != "" {
				slowChild(t, s)
				s.Do(t, running)
				s.Do(t, "CONFIG", "SET", "rdb-key-save-delay", "0")
			}
			before := info1(t, i, "aof_rewrites")
			if err := i.RewriteAOF(ctx); err != nil {
				t.Fatal(err)
			}
			if after := info1(t, i, "aof_rewrites"); after == before {
				t.Errorf("aof_rewrites stays %s: no rewrite of our own", after)
			}
			if info1(t, i, "aof_rewrite_in_progress") != "0" {
				t.Error("a rewrite runs after RewriteAOF")
			}
		})
	}
}

func TestRewriteAOFFails(t *testing.T) {
	s := redistest.New(t, redistest.WithAOF())
	s.Start(t)
	breakRewrites(t, s)
	mustContain(t, instance(t, blockOf(s)).RewriteAOF(background(t)), "aof_last_bgrewrite_status", "could not write the AOF")
}

// breakRewrites puts a directory at the name of each base file to come.
func breakRewrites(t *testing.T, s *redistest.Server) {
	t.Helper()
	for seq := range 20 {
		base := filepath.Join(s.Data, "appendonlydir", fmt.Sprintf("appendonly.aof.%d.base.rdb", seq+1))
		if _, err := os.Lstat(base); err == nil {
			continue
		}
		if err := os.MkdirAll(base+"/x", 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTurnOnAOF(t *testing.T) {
	s := redistest.New(t, redistest.WithoutSave())
	s.Start(t)
	s.Do(t, "SET", "k", "v")
	i, ctx := instance(t, blockOf(s)), background(t)
	for range 2 { // the second time it is on already
		if err := i.SetOption(ctx, "appendonly", "yes"); err != nil {
			t.Fatal(err)
		}
	}
	if got := info1(t, i, "aof_enabled"); got != "1" {
		t.Errorf("aof_enabled is %s", got)
	}
	s.Kill(t)
	conf, err := os.OpenFile(s.Conf, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(conf, "appendonly yes")
	conf.Close()
	s.Start(t)
	if got := s.Do(t, "GET", "k"); got != "v" {
		t.Errorf("k = %v after a crash right after SetOption: the AOF was not complete", got)
	}
}

// The server tries again for ever, so scheduled is 1 when the failure is seen.
func TestTurnOnAOFFails(t *testing.T) {
	for _, earlier := range []string{"ok", "err"} {
		t.Run("earlier status "+earlier, func(t *testing.T) {
			s := redistest.New(t)
			s.Start(t)
			i, ctx := instance(t, blockOf(s)), background(t)
			breakRewrites(t, s)
			if earlier == "err" {
				_ = i.RewriteAOF(ctx)
			}
			if got := info1(t, i, "aof_last_bgrewrite_status"); got != earlier {
				t.Fatalf("status is %s before, want %s", got, earlier)
			}
			mustContain(t, i.SetOption(ctx, "appendonly", "yes"), "set option appendonly", "could not write the AOF")
		})
	}
}

func TestSetOption(t *testing.T) {
	s := redistest.New(t)
	s.Start(t)
	i, ctx := instance(t, blockOf(s)), background(t)
	if err := i.SetOption(ctx, "maxmemory-policy", "allkeys-lru"); err != nil {
		t.Fatal(err)
	}
	if got, err := i.Option(ctx, "maxmemory-policy"); err != nil || got != "allkeys-lru" {
		t.Errorf("Option = %q, %v", got, err)
	}
	for name, want := range map[string]string{
		"no-such":    "check its spelling",
		"databases":  "config file and restart",
		"dbfilename": "enable-protected-configs",
		"maxmemory":  "maxmemory",
	} {
		mustContain(t, i.SetOption(ctx, name, "x y z"), want, "set option "+name)
	}
}

func TestLoadingServer(t *testing.T) {
	s := redistest.New(t, redistest.WithConf("enable-debug-command yes", "key-load-delay 2000", "loading-process-events-interval-bytes 1024"))
	conf, err := os.ReadFile(s.Conf)
	if err != nil {
		t.Fatal(err)
	}
	fast := strings.Replace(string(conf), "key-load-delay 2000", "key-load-delay 0", 1)
	if err := os.WriteFile(s.Conf, []byte(fast), 0o640); err != nil {
		t.Fatal(err)
	}
	s.Start(t)
	s.Do(t, "DEBUG", "POPULATE", "2000")
	s.Stop(t)
	if err := os.WriteFile(s.Conf, conf, 0o640); err != nil {
		t.Fatal(err)
	}
	i := instance(t, blockOf(s))
	ctx, cancel := context.WithCancel(background(t))
	started := make(chan error, 1)
	go func() { started <- i.Start(ctx) }()
	err = poll(ctx, func() (bool, error) {
		st, err := i.Status(ctx)
		if st.Serving {
			t.Fatal("the server serves before it was seen to load")
		}
		return st.Loading, err
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = i.Key(ctx, 0, "key:1")
	mustContain(t, err, "LOADING", "wait until it has")
	if !errors.Is(err, host.ErrDown) {
		t.Errorf("a loading server is not ErrDown: %v", err)
	}
	if d, err := i.Describe(ctx); err != nil || d.Running {
		t.Errorf("Describe while loading: running %v, %v", d.Running, err)
	}
	cancel()
	if err := <-started; !errors.Is(err, context.Canceled) {
		t.Errorf("Start that was cancelled: %v", err)
	}
}
