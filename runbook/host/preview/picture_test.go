package preview_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"redbook/runbook/host"
	"redbook/runbook/host/preview"
)

var anyAttr = host.Attr{UID: -1, GID: -1}

// up makes the server of a fake serve.
func (m *fakeMachine) up() {
	m.server.info = map[string]string{"db0": "keys=1,expires=0,avg_ttl=0", "aof_enabled": "0", "uptime_in_seconds": "7", "rdb_changes_since_last_save": "0"}
	m.server.options = map[string]string{"save": "3600 1", "aof-use-rdb-preamble": "yes", "maxmemory": "0"}
}

func TestCopyTakesRoom(t *testing.T) {
	m, dir := newFake(t, "redis", "7.0.15", nil, map[string]string{"a": "12345678", "b": "1234"})
	room := uint64(12)
	m.room = &room
	p := preview.New(m, preview.Options{})
	available := func(want uint64) {
		t.Helper()
		if s, err := p.Space(dir + "/a"); err != nil || s.Available != want {
			t.Errorf("Space = %+v, %v; want %d available", s, err, want)
		}
	}
	if _, err := p.CopyFile(ctx(t), dir+"/a", dir+"/a.1", anyAttr); err != nil {
		t.Fatal(err)
	}
	available(4)
	if _, err := p.CopyFile(ctx(t), dir+"/a", dir+"/a.2", anyAttr); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("copy of 8 bytes where 4 are free = %v, want ENOSPC", err)
	}
	if _, err := p.CopyFile(ctx(t), dir+"/b", dir+"/b.1", anyAttr); err != nil {
		t.Error(err)
	}
	available(0)
	if err := p.Remove(ctx(t), dir+"/a"); err != nil {
		t.Fatal(err)
	}
	if s, err := p.Space(dir); err != nil || s.Available != 8 {
		t.Errorf("Space after a removal = %+v, %v; want 8 available", s, err)
	}
}

// A directory is one under all its names, when the machine can follow links.
func TestSymlinkedDirectory(t *testing.T) {
	m, dir := newFake(t, "redis", "7.0.15", nil, map[string]string{"data/a": "content"})
	if err := os.Symlink("data", dir+"/link"); err != nil {
		t.Fatal(err)
	}
	p := preview.New(m, preview.Options{})
	if err := p.Rename(ctx(t), dir+"/link/a", dir+"/data/b"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Stat(dir + "/data/a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a under the other name: %v", err)
	}
	info, err := p.Stat(dir + "/link/b")
	if err != nil || info.Path != dir+"/link/b" {
		t.Errorf("Stat = %+v, %v", info, err)
	}
	if _, err := p.CopyFile(ctx(t), dir+"/link/b", dir+"/data/b", anyAttr); !errors.Is(err, fs.ErrExist) {
		t.Errorf("copy onto itself by another name = %v, want fs.ErrExist", err)
	}
}

func TestOrdinaryRunnerCannotGiveAway(t *testing.T) {
	m, dir := newFake(t, "redis", "7.0.15", nil, map[string]string{"a": ""})
	p := preview.New(m, preview.Options{Runner: &preview.Runner{UID: 4242, GID: 4242}})
	if err := p.SetAttr(ctx(t), dir+"/a", host.Attr{UID: 102, GID: -1}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("chown by an ordinary user = %v, want fs.ErrPermission", err)
	}
	if _, err := p.CopyFile(ctx(t), dir+"/a", dir+"/b", anyAttr); err != nil {
		t.Fatal(err)
	}
	if info, _ := p.Stat(dir + "/b"); info.UID != 4242 || info.Inode != 0 {
		t.Errorf("the copy is %+v", info)
	}
}

// A dump is read once for digest and check, and once for a key.
func TestDumpIsReadTwice(t *testing.T) {
	m, dir := newFake(t, "redis", "7.0.15", nil, map[string]string{"backup": dumpOf("0009", oneKey)})
	p := preview.New(m, preview.Options{})
	for range 2 {
		if _, err := p.Digest(ctx(t), dir+"/backup"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.CopyFile(ctx(t), dir+"/backup", dir+"/dump.rdb", anyAttr); err != nil {
		t.Fatal(err)
	}
	err := start(ctx(t), p, nil)
	for range 2 {
		if got := outcome(t, p, err, "k"); got != "dump" {
			t.Errorf("k = %s", got)
		}
	}
	if n := m.opened[dir+"/backup"]; n > 2 {
		t.Errorf("the dump was read %d times, want 2 at most", n)
	}
}

func TestSavedDumpIsKnownInTheRunOnly(t *testing.T) {
	m, dir := newFake(t, "redis", "7.0.15", nil, map[string]string{"dump.rdb": "old"})
	m.up()
	p := preview.New(m, preview.Options{})
	if err := save(ctx(t), p, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := p.CopyFile(ctx(t), dir+"/dump.rdb", dir+"/backup", anyAttr); err != nil {
		t.Fatalf("copy of a saved dump = %v, want none", err)
	}
	for _, name := range []string{"/dump.rdb", "/backup"} {
		if info, err := p.Stat(dir + name); err != nil || info.Size != -1 || info.Inode != 0 {
			t.Errorf("Stat(%s) = %+v, %v", name, info, err)
		}
		if _, err := p.Open(dir + name); !errors.Is(err, host.ErrUnknown) {
			t.Errorf("Open(%s) = %v, want ErrUnknown", name, err)
		}
		if _, err := p.Digest(ctx(t), dir+name); !errors.Is(err, host.ErrUnknown) {
			t.Errorf("Digest(%s) = %v, want ErrUnknown", name, err)
		}
	}
	if got := outcome(t, p, nil, "k"); got != "live" {
		t.Errorf("a saved server's key = %s, want the real server's answer", got)
	}
}

func TestServerFollowsThePlan(t *testing.T) {
	m, dir := newFake(t, "redis", "7.0.15", []string{"maxmemory 1gb"}, map[string]string{"dump.rdb": dumpOf("0009", oneKey)})
	m.up()
	p := preview.New(m, preview.Options{})
	s, err := p.Instance("main")
	if err != nil {
		t.Fatal(err)
	}
	c := ctx(t)
	if err := s.Start(c); err == nil || !strings.Contains(err.Error(), "runs already") {
		t.Errorf("Start of a running server = %v", err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	option := func(name, want string) {
		t.Helper()
		if got, err := s.Option(c, name); err != nil || got != want {
			t.Errorf("Option(%s) = %q, %v; want %q", name, got, err, want)
		}
	}
	must(s.SetOption(c, "MaxMemory", "5"))
	option("maxmemory", "5")
	if err := s.SetOption(c, "databases", "5"); err == nil {
		t.Error("an immutable option can be set")
	}
	must(s.SetOption(c, "appendonly", "yes"))
	d, err := s.Describe(c)
	must(err)
	if !d.AppendOnly || !d.AOFExists || !d.Running {
		t.Errorf("with the AOF turned on: %+v", d)
	}
	if info, err := s.Info(c); err != nil || info["aof_enabled"] != "1" || info["uptime_in_seconds"] != "7" {
		t.Errorf("Info = %v, %v", info, err)
	}
	must(s.SetOption(c, "appendonly", "no"))

	must(s.Stop(c))
	must(s.Stop(c)) // of a server that is down: nothing
	for what, err := range map[string]error{"Save": s.Save(c, true), "RewriteAOF": s.RewriteAOF(c), "SetOption": s.SetOption(c, "save", "")} {
		if !errors.Is(err, host.ErrDown) {
			t.Errorf("%s of a stopped server = %v, want ErrDown", what, err)
		}
	}
	if _, err := s.Info(c); !errors.Is(err, host.ErrDown) {
		t.Errorf("Info of a stopped server = %v, want ErrDown", err)
	}
	must(p.Rename(c, dir+"/dump.rdb", dir+"/old"))
	if d, err := s.Describe(c); err != nil || d.Running || d.DumpExists {
		t.Errorf("stopped, the dump moved: %+v, %v", d, err)
	}
	must(p.Rename(c, dir+"/old", dir+"/dump.rdb"))
	must(s.Start(c))
	option("maxmemory", "1073741824")
	option("dir", dir)
	option("save", "3600 1 300 100 60 10000")
	if _, err := s.Option(c, "hz"); !errors.Is(err, host.ErrUnknown) {
		t.Errorf("Option(hz) = %v, want ErrUnknown", err)
	}
	info, err := s.Info(c)
	if _, has := info["uptime_in_seconds"]; err != nil || has || info["loading"] != "0" || info["redis_version"] != "7.0.15" {
		t.Errorf("Info = %v, %v", info, err)
	}
	if st, err := s.Status(c); err != nil || !st.Serving || st.PID == 0 {
		t.Errorf("Status = %+v, %v", st, err)
	}
}

func TestMessagesNameTheStep(t *testing.T) {
	m, dir := newFake(t, "redis", "7.0.15", nil, map[string]string{"dump.rdb": "old", "backup": dumpOf("0009", oneKey)})
	m.up()
	p := preview.New(m, preview.Options{})
	p.At("rename.dump")
	if err := p.Rename(ctx(t), dir+"/dump.rdb", dir+"/old"); err != nil {
		t.Fatal(err)
	}
	p.At("copy.dump")
	if _, err := p.CopyFile(ctx(t), dir+"/backup", dir+"/dump.rdb", anyAttr); err != nil {
		t.Fatal(err)
	}
	p.At("stop-service.redis")
	err := stop(ctx(t), p, nil)
	if host.TrapOf(err) != "swap-while-running" || !strings.Contains(err.Error(), "step copy.dump") {
		t.Errorf("Stop = %v", err)
	}
}

func TestTimeStands(t *testing.T) {
	m, _ := newFake(t, "redis", "7.0.15", nil, nil)
	at := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	p := preview.New(m, preview.Options{Now: at})
	if !p.Now().Equal(at) {
		t.Errorf("Now = %v", p.Now())
	}
	if err := p.Sleep(context.Background(), time.Hour); !errors.Is(err, host.ErrUnknown) {
		t.Errorf("Sleep = %v, want ErrUnknown", err)
	}
	out, err := p.Exec(context.Background(), host.Command{Args: []string{"/bin/false"}})
	if err != nil || out != (host.Output{}) {
		t.Errorf("Exec = %+v, %v", out, err)
	}
	if _, err := p.Stat("relative"); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("Stat of a relative path = %v", err)
	}
}

// Without a save line 6.x, given a config file, has no save points; 7.0 has its
// defaults.
func TestDefaultSavePoints(t *testing.T) {
	for version, want := range map[string]string{"6.0.16": "", "6.2.7": "", "7.0.15": "3600 1 300 100 60 10000"} {
		m, _ := newFake(t, "redis", version, nil, map[string]string{"dump.rdb": dumpOf("0009", oneKey)})
		p := preview.New(m, preview.Options{})
		s, err := p.Instance("main")
		if err == nil {
			err = s.Start(ctx(t))
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Option(ctx(t), "save"); err != nil || got != want {
			t.Errorf("%s: save = %q, %v; want %q", version, got, err, want)
		}
	}
}
