package local

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redbook/internal/redistest"
	"redbook/runbook/host"
)

// A server is described alike whether it is asked or its config is read.
func TestDescribe(t *testing.T) {
	s := redistest.New(t, redistest.WithAOF(), redistest.WithConf(
		"dbfilename other.rdb", "appenddirname aofs", `appendfilename "log.aof"`, "databases 4"))
	i, ctx := instance(t, blockOf(s)), background(t)
	want := host.Description{
		Address: "unix://" + s.Socket, Config: s.Conf, Dir: s.Data, DBFilename: "other.rdb", Dump: s.Data + "/other.rdb",
		AppendOnly: true, AOFPath: s.Data + "/aofs", MultiPart: true, AOFName: "log.aof", Product: "redis",
		Version: "7.0.15", User: "root", Group: "root", Databases: 4,
	}
	check := func(when string) {
		t.Helper()
		got, err := i.Describe(ctx)
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	check("before the first start")
	if err := i.Start(ctx); err != nil {
		t.Fatal(err)
	}
	want.Running, want.AOFExists = true, true
	check("running")
	s.Do(t, "CONFIG", "SET", "appendonly", "no")
	want.AppendOnly = false
	check("running, after CONFIG SET")
	if err := i.Save(ctx, false); err != nil {
		t.Fatal(err)
	}
	if err := i.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	want.Running, want.DumpExists, want.AppendOnly = false, true, true // the config file's word again
	check("stopped")
}

// Where CONFIG is renamed away or forbidden, the config file tells.
func TestDescribeWithoutConfig(t *testing.T) {
	for name, lines := range map[string][]string{
		"renamed":   {`rename-command CONFIG ""`},
		"forbidden": {"user default on nopass ~* &* +@all -config"},
	} {
		t.Run(name, func(t *testing.T) {
			s := redistest.New(t, redistest.WithConf(append(lines, "databases 3")...))
			s.Start(t)
			d, err := instance(t, blockOf(s)).Describe(background(t))
			if err != nil || d.Dir != s.Data || d.Databases != 3 || !d.Running || d.Version != "7.0.15" {
				t.Errorf("Describe = %+v, %v", d, err)
			}
		})
	}
}

// Options on the command line override the file, also when the server is down.
func TestDescribeCommandLine(t *testing.T) {
	s := redistest.New(t)
	c := blockOf(s)
	c.Process.Command = append(c.Process.Command, "--appendonly", "yes", "--dbfilename", "a b.rdb", "--save", "60", "1")
	i, ctx := instance(t, c), background(t)
	for range 2 {
		d, err := i.Describe(ctx)
		if err != nil || !d.AppendOnly || d.DBFilename != "a b.rdb" {
			t.Errorf("running %v: appendonly %v, dbfilename %q, %v", d.Running, d.AppendOnly, d.DBFilename, err)
		}
		if err := i.Start(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDescribeOwnerOfData(t *testing.T) {
	s := redistest.New(t)
	giveAll(t, "redis", s.Data)
	d, err := instance(t, blockOf(s)).Describe(background(t))
	if err != nil || d.User != "redis" || d.Group != "redis" {
		t.Errorf("Describe: %s:%s, %v, want the owner of the data directory", d.User, d.Group, err)
	}
}

func TestDescribeFails(t *testing.T) {
	s := redistest.New(t)
	relative := filepath.Join(s.Dir, "relative.conf")
	writeFile(t, relative, "dir ./data\n", 0o640)
	broken := filepath.Join(s.Dir, "broken.conf")
	writeFile(t, broken, "port 1\ndir \"x\n", 0o640)
	command := func(c ...string) *host.Process { return &host.Process{Command: c} }
	for _, tt := range []struct {
		name   string
		config host.ServerConfig
		want   []string
	}{
		{"no config known", host.ServerConfig{Process: command("redis-server")}, []string{"set config in the redis block"}},
		{"nothing but an address", host.ServerConfig{Config: s.Conf}, []string{"add service or process"}},
		{"config missing", host.ServerConfig{Process: command("redis-server", "/nonexistent.conf")}, []string{"/nonexistent.conf", "no such file"}},
		{"relative dir", host.ServerConfig{Process: command("redis-server", relative)}, []string{relative, "absolute dir"}},
		{"broken config", host.ServerConfig{Process: command("redis-server", broken)}, []string{broken + ":2"}},
		{"program missing", host.ServerConfig{Process: command("/nonexistent/redis-server", s.Conf)}, []string{"version", "/nonexistent/redis-server"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.config.Name, tt.config.Address = "main", "127.0.0.1:1"
			_, err := instance(t, tt.config).Describe(background(t))
			mustContain(t, err, append(tt.want, `describe redis "main"`)...)
		})
	}
}

func TestDescribeRelativeDir(t *testing.T) {
	s := redistest.New(t)
	conf, err := os.ReadFile(s.Conf)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, s.Conf, strings.Replace(string(conf), "dir "+s.Data, "dir data", 1), 0o640)
	c := blockOf(s)
	c.Process.Dir = s.Dir
	i, ctx := instance(t, c), background(t)
	for range 2 {
		d, err := i.Describe(ctx)
		if err != nil || d.Dir != s.Data {
			t.Errorf("running %v: dir %q, %v, want %q", d.Running, d.Dir, err, s.Data)
		}
		if err := i.Start(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if err := i.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func TestParseCommand(t *testing.T) {
	for _, tt := range []struct {
		command   string
		config    string
		overrides []string
	}{
		{"/usr/bin/redis-server /etc/redis/redis.conf --supervised systemd --daemonize no", "/etc/redis/redis.conf", []string{"supervised systemd", "daemonize no"}},
		{"setpriv --reuid redis valkey-server a.conf", "a.conf", nil},
		{"redis-server --port 7 --include /x.conf", "", []string{"port 7", "include /x.conf"}},
		{"redis-server", "", nil},
		{"/opt/start.sh /etc/redis.conf", "/etc/redis.conf", nil},
		{"", "", nil},
	} {
		config, overrides := parseCommand(strings.Fields(tt.command))
		if config != tt.config || fmt.Sprint(overrides) != fmt.Sprint(tt.overrides) {
			t.Errorf("%s: %q, %q, want %q, %q", tt.command, config, overrides, tt.config, tt.overrides)
		}
	}
}

func TestVersions(t *testing.T) {
	for _, tt := range []struct{ printed, product, version string }{
		{"Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", "redis", "7.0.15"},
		{"Valkey server v=8.1.1 sha=00000000:0", "valkey", "8.1.1"},
		{"something else", "redis", ""},
	} {
		if product, version := parseVersion(tt.printed); product != tt.product || version != tt.version {
			t.Errorf("%s: %s %s", tt.printed, product, version)
		}
	}
	product, version := runningVersion(map[string]string{"redis_version": "7.2.4", "valkey_version": "8.1.1"})
	if product != "valkey" || version != "8.1.1" {
		t.Errorf("Valkey's INFO: %s %s", product, version)
	}
	for version, want := range map[string]bool{"6.2.14": false, "7.0.0": true, "8.0.2": true, "10.1": true} {
		if got := multiPart("redis", version); got != want {
			t.Errorf("multiPart(redis, %s) = %v", version, got)
		}
	}
}
