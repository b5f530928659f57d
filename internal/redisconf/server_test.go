package redisconf_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"redbook/internal/redisconf"
	"redbook/internal/redistest"
)

// asked are the directives in which the server's word and ours are compared, besides the one that was set.
var asked = []string{
	"appendonly", "appendfilename", "appenddirname", "appendfsync", "dbfilename", "save", "databases", "port", "maxmemory",
	"maxmemory-policy", "auto-aof-rewrite-percentage", "auto-aof-rewrite-min-size", "requirepass", "replicaof", "bind",
	"rdbchecksum", "rdbcompression", "repl-diskless-load", "replica-read-only", "stop-writes-on-bgsave-error", "aclfile",
	"aof-load-truncated", "aof-use-rdb-preamble", "cluster-config-file", "cluster-enabled", "daemonize", "logfile",
	"masterauth", "masteruser", "pidfile", "protected-mode", "rdb-del-sync-files", "shutdown-timeout", "supervised",
	"tls-port", "unixsocket",
}

// What Set and Lookup say is what a real server makes of the files.
func TestServerAgrees(t *testing.T) {
	for _, tt := range []struct {
		name string
		conf []string          // lines of the main file, behind those of redistest
		more map[string]string // further files, in the data directory
		set  [][]string
	}{
		{name: "defaults"},
		{name: "values", set: [][]string{
			{"appendonly", "yes"}, {"appendfilename", "an other.aof"}, {"appenddirname", "aof ünï"}, {"dbfilename", `a"b'c.rdb`},
			{"databases", "4"}, {"maxmemory", "200mb"}, {"maxmemory-policy", "ALLKEYS-lru"}, {"auto-aof-rewrite-min-size", "1k"},
			{"save", "5", "6", "7", "8"}, {"replicaof", "127.0.0.1", "1"}, {"masterauth", "tab\tnewline\n\xff"},
		}},
		{name: "existing lines", conf: []string{
			"# appendonly yes", "\tAppendOnly  NO  \r", "dbfilename 'one.rdb'", "dbfilename \"t\\x77o.rdb\"", "save 1 2", "save 3 4", "slaveof no one",
		}, set: [][]string{{"appendonly", "yes"}, {"dbfilename", "three.rdb"}, {"save", "9", "10"}, {"maxmemory", "1gb"}}},
		{name: "no save points", conf: []string{"save 1 2", "save 3 4"}, set: [][]string{{"save", ""}}},
		{name: "save points in one argument", conf: []string{"save \"1 2 3 4\"", "save 5 6 7 8"}},
		{name: "save taken back and added", conf: []string{"save 1 2", "save \"\"", "save 3 4"}},
		{name: "includes", conf: []string{"databases 3", "include a.conf", "include [b]*.conf", "maxmemory 1mb"}, more: map[string]string{
			"a.conf": "databases 4\nmaxmemory 2mb\nsave 1 2\n", "b1.conf": "databases 5\ndbfilename b1.rdb\n", "b2.conf": "save 3 4\ndbfilename b2",
		}, set: [][]string{{"databases", "6"}, {"dbfilename", "new.rdb"}, {"maxmemory", "3mb"}, {"save", "7", "8"}}},
		{name: "files that a pattern joins", conf: []string{"include b*.conf"}, more: map[string]string{
			"b1.conf": "dbfilename b1", "b2.conf": ".rdb\n#", "b3.conf": "databases 7\n",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := redistest.New(t, redistest.WithConf(tt.conf...))
			for name, content := range tt.more {
				if err := os.WriteFile(filepath.Join(s.Data, name), []byte(content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			for _, set := range tt.set {
				edit, err := load(t, s.Conf).Set(set[0], set[1:]...)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(edit.File, edit.New, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			compare(t, s)
		})
	}
}

func load(t *testing.T, path string) *redisconf.Config {
	t.Helper()
	c, err := redisconf.Load(path, os.ReadFile, filepath.Glob)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func compare(t *testing.T, s *redistest.Server) {
	t.Helper()
	c := load(t, s.Conf)
	s.Start(t)
	all, err := s.Client(t).ConfigGet(context.Background(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range asked {
		if got, want := c.Lookup(name), all[name]; got != want {
			t.Errorf("Lookup(%s) = %q, the server has %q", name, got, want)
		}
	}
	if got, want := c.Dir(), all["dir"]; got != want {
		t.Errorf("Dir = %q, the server has %q", got, want)
	}
	points, err := c.SavePoints(7)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, p := range points {
		got += fmt.Sprintf(" %d %d", p.Seconds, p.Changes)
	}
	if want := all["save"]; got != "" && got[1:] != want || got == "" && want != "" {
		t.Errorf("SavePoints = %q, the server has %q", got, want)
	}
}
