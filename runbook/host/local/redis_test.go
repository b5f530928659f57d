package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"redbook/internal/redistest"
	"redbook/runbook/host"
)

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
