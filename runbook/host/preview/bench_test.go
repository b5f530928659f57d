package preview_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"redbook/internal/redistest"
	"redbook/runbook/host"
	"redbook/runbook/host/local"
)

// A bench is a real server, run by the user redis, whose key "k" is "live", and
// a backup whose key "k" is "backup".
type bench struct {
	*redistest.Server
	t      *testing.T
	backup string
	empty  string // a file of no length
}

const service = "redis"

func newBench(t *testing.T, conf ...string) *bench {
	t.Helper()
	s := redistest.New(t, redistest.WithConf(conf...))
	b := &bench{Server: s, t: t, backup: filepath.Join(s.Dir, "backup.rdb"), empty: filepath.Join(s.Dir, "empty")}
	makeBackup(t, b.backup)
	if err := os.WriteFile(b.empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{s.Dir, s.Data, s.Conf} {
		if out, err := exec.Command("chown", service+":"+service, path).CombinedOutput(); err != nil {
			t.Fatalf("chown: %v: %s", err, out)
		}
	}
	m := b.machine(t)
	i, err := m.Instance("main")
	if err == nil {
		err = i.Start(ctx(t))
	}
	if err != nil {
		t.Fatal(err)
	}
	s.Do(t, "SET", "k", "live")
	s.Do(t, "SAVE")
	return b
}

// backupOnce holds the dump that every bench has as its backup.
var backupOnce struct {
	sync.Once
	content []byte
}

func makeBackup(t *testing.T, path string) {
	t.Helper()
	backupOnce.Do(func() {
		s := redistest.New(t)
		s.Start(t)
		s.Do(t, "SET", "k", "backup")
		s.Do(t, "EVAL", "redis.call('SELECT', 3) redis.call('SET', 'far', 'away')", 0)
		s.Do(t, "SAVE")
		content, err := os.ReadFile(filepath.Join(s.Data, "dump.rdb"))
		if err != nil {
			t.Fatal(err)
		}
		backupOnce.content = content
	})
	if err := os.WriteFile(path, backupOnce.content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) machine(t *testing.T) *local.Machine {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal(err)
	}
	m, err := local.New([]host.ServerConfig{{
		Name: "main", Address: "unix://" + b.Socket, Config: b.Conf,
		Process: &host.Process{Command: []string{program, b.Conf}, User: service},
	}}, local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func ctx(t *testing.T) context.Context {
	c, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return c
}

func (b *bench) data(name string) string { return filepath.Join(b.Data, name) }

func (b *bench) changeBackup(change func([]byte) []byte) {
	b.t.Helper()
	content, err := os.ReadFile(b.backup)
	if err == nil {
		err = os.WriteFile(b.backup, change(content), 0o644)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// inventory describes every file under dir with all that a change would show in.
func inventory(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		all[path] = statLine(path)
		if d.Type().IsRegular() {
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			all[path] += fmt.Sprintf(" %x", content)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func statLine(path string) string {
	out, _ := exec.Command("stat", "-c", "%a %u %g %s %i %h %y %z", path).Output()
	return strings.TrimSpace(string(out))
}

func trapsOf(warnings []host.Warning) []string {
	traps := []string{}
	for _, w := range warnings {
		traps = append(traps, string(w.Trap))
	}
	slices.Sort(traps)
	return slices.Compact(traps)
}

// list describes the entries under dir by what a plan can know of them.
func list(t *testing.T, m host.Files, dir string) []string {
	t.Helper()
	entries, err := m.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, fmt.Sprintf("%s %s %d:%d %04o", e.Path, e.Kind, e.UID, e.GID, e.Mode))
		if e.Kind == host.KindDirectory {
			all = append(all, list(t, m, e.Path)...)
		}
	}
	return all
}
