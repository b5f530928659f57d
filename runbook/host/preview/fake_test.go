package preview_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redbook/runbook/host"
	"redbook/runbook/host/local"
)

// A fakeMachine has the real files and one server that is made up.
type fakeMachine struct {
	*local.Machine
	server *fakeServer
	opened map[string]int // how often each file was read
	room   *uint64        // nil: as it is
}

// Open counts.
func (m *fakeMachine) Open(path string) (io.ReadCloser, error) {
	m.opened[path]++
	return m.Machine.Open(path)
}

// Digest counts.
func (m *fakeMachine) Digest(ctx context.Context, path string) (host.Digest, error) {
	m.opened[path]++
	return m.Machine.Digest(ctx, path)
}

func (m *fakeMachine) Server(string) (host.Server, error) { return m.server, nil }

func (m *fakeMachine) Space(path string) (host.Space, error) {
	s, err := m.Machine.Space(path)
	if m.room != nil {
		s.Available = *m.room
	}
	return s, err
}

// Resolve implements preview.Resolver.
func (m *fakeMachine) Resolve(path string) (string, error) { return filepath.EvalSymlinks(path) }

// A fakeServer is down, or up with the fields of info.
type fakeServer struct {
	host.Server
	description host.Description
	info        map[string]string
	options     map[string]string
	overrides   []string
}

func (s *fakeServer) Describe(context.Context) (host.Description, error) { return s.description, nil }

func (s *fakeServer) Status(context.Context) (host.Status, error) {
	if s.info == nil {
		return host.Status{}, nil
	}
	return host.Status{PID: 1234, Serving: true}, nil
}

func (s *fakeServer) Info(context.Context) (map[string]string, error) { return s.info, nil }

func (s *fakeServer) Option(_ context.Context, name string) (string, error) {
	return s.options[name], nil
}

func (s *fakeServer) Key(context.Context, int, string) (host.Key, error) {
	return host.Key{Exists: true, Type: "string", Value: "live", TTL: -1}, nil
}

func (s *fakeServer) Overrides(context.Context) ([]string, error) { return s.overrides, nil }

// newFake makes a machine with a server of the given version that is down, its
// config file and its files.
func newFake(t *testing.T, product, version string, conf []string, files map[string]string) (*fakeMachine, string) {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "redis.conf")
	files = withFile(files, "redis.conf", strings.Join(append(conf, "dir "+dir), "\n")+"\n")
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	m, err := local.New(nil, local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	multi := product == "valkey" || version >= "7"
	d := host.Description{
		Config: config, Dir: dir, DBFilename: "dump.rdb", Dump: filepath.Join(dir, "dump.rdb"), AOFName: "appendonly.aof",
		AOFPath: filepath.Join(dir, "appendonly.aof"), MultiPart: multi, Product: product, Version: version, Databases: 16,
	}
	if multi {
		d.AOFPath = filepath.Join(dir, "appendonlydir")
	}
	return &fakeMachine{Machine: m, server: &fakeServer{description: d}, opened: map[string]int{}}, dir
}

func withFile(files map[string]string, name, content string) map[string]string {
	all := map[string]string{name: content}
	for k, v := range files {
		all[k] = v
	}
	return all
}
