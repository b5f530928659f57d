package local

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"redbook/internal/redistest"
	"redbook/runbook/host"
)

// patience bounds what a test waits for; a healthy server needs milliseconds.
const patience = 60 * time.Second

func background(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// blockOf is the redis block of a test server, supervised as a process.
func blockOf(s *redistest.Server) host.ServerConfig {
	return host.ServerConfig{
		Name: "main", Address: "unix://" + s.Socket, Password: host.NewSecret(s.Password),
		Process: &host.Process{Command: []string{"redis-server", s.Conf}},
	}
}

// instance returns what New makes of one block.
func instance(t *testing.T, c host.ServerConfig) host.Instance {
	t.Helper()
	m := machine(t, c)
	i, err := m.Instance(c.Name)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func machine(t *testing.T, c ...host.ServerConfig) *Machine {
	t.Helper()
	m, err := New(c, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	if race := os.Getenv("GORACE"); race != "" {
		m.live.guardEnv = []string{"GORACE=" + race} // the Makefile says why
	}
	return m
}

func mustContain(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error lacks %q:\n%v", w, err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	p := &host.Process{Command: []string{"redis-server", "/x.conf"}}
	for _, tt := range []struct {
		name   string
		blocks []host.ServerConfig
		want   string
	}{
		{"no port", []host.ServerConfig{{Name: "a", Address: "localhost"}}, "host:port"},
		{"relative socket", []host.ServerConfig{{Name: "a", Address: "unix://x"}}, "unix:///"},
		{"two supervisors", []host.ServerConfig{{Name: "a", Address: "h:1", Service: "x", Process: p}}, "both service and process"},
		{"empty command", []host.ServerConfig{{Name: "a", Address: "h:1", Process: &host.Process{}}}, "command is empty"},
		{"one name twice", []host.ServerConfig{{Name: "a", Address: "h:1"}, {Name: "a", Address: "h:2"}}, "two redis blocks"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := New(tt.blocks, Options{})
			mustContain(t, err, tt.want, `"a"`)
		})
	}
}

func TestUnknownServer(t *testing.T) {
	m := machine(t, host.ServerConfig{Name: "main", Address: "h:1"})
	_, err := m.Server("other")
	mustContain(t, err, `"other"`, `"main"`)
}

func TestUnsupervised(t *testing.T) {
	i := instance(t, host.ServerConfig{Name: "main", Address: "127.0.0.1:1"})
	mustContain(t, i.Start(background(t)), "neither service nor process")
	mustContain(t, i.Stop(background(t)), "neither service nor process")
}
