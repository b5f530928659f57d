package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"redbook/internal/redistest"
	"redbook/runbook/host"
)

// failure is one way in which a real server fails to start.
type failure struct {
	name    string
	options []redistest.Option
	spoil   func(t *testing.T, s *redistest.Server)
	user    string
	trap    host.Trap
	want    []string // in the error
}

var failures = []failure{
	{name: "dump unreadable", spoil: unreadableDump, user: "redis", trap: host.TrapUnreadable,
		want: []string{"may not read its dump", "dump.rdb", "chown", "redis"}},
	{name: "AOF directory unreadable", options: []redistest.Option{redistest.WithAOF()}, spoil: unreadableAOF, user: "redis", trap: host.TrapUnreadable,
		want: []string{"AOF", "appendonlydir", "chown"}},
	{name: "AOF file unreadable", options: []redistest.Option{redistest.WithAOF()}, spoil: unreadableAOFFile, user: "redis", trap: host.TrapUnreadable,
		want: []string{"AOF", "chown"}},
	{name: "RDB version", spoil: dumpOf("REDIS0099\xff\x00\x00\x00\x00\x00\x00\x00\x00"), trap: host.TrapNewerRDB,
		want: []string{"RDB version 99", "version that wrote it"}},
	{name: "no RDB file", spoil: dumpOf("VALKEY080\xff\x00\x00\x00\x00\x00\x00\x00\x00"), trap: host.TrapDamagedDump,
		want: []string{"no RDB file of this server's kind"}},
	{name: "more databases", options: []redistest.Option{redistest.WithConf("databases 2")},
		spoil: dumpOf("REDIS0009\xfe\x05\x00\x01a\x01b\xff\x00\x00\x00\x00\x00\x00\x00\x00"), trap: host.TrapDatabases,
		want: []string{"more databases than the 2", "raise databases"}},
	{name: "bad checksum", spoil: dumpOf("REDIS0009\x00\x01a\x01b\xff\x01\x02\x03\x04\x05\x06\x07\x08"), trap: host.TrapDamagedDump,
		want: []string{"damaged", "redis-check-rdb"}},
	{name: "short dump", spoil: dumpOf("REDIS0009\x00\x05ab"), trap: host.TrapDamagedDump,
		want: []string{"damaged", "redis-check-rdb"}},
	{name: "missing module", spoil: dumpOf("REDIS0009\x00\x01a\x01b\xf7\x81" + string(moduleID("ReJSON-RL", 3)) + "\x02\x02\x00" + "\xff\x00\x00\x00\x00\x00\x00\x00\x00"), trap: host.TrapModules,
		want: []string{"ReJSON-RL", "loadmodule"}},
	{name: "cluster", options: []redistest.Option{redistest.WithConf("cluster-enabled yes")},
		spoil: dumpOf("REDIS0009\xfe\x05\x00\x01a\x01b\xff\x00\x00\x00\x00\x00\x00\x00\x00"), trap: host.TrapCluster,
		want: []string{"cluster mode"}},
	{name: "manifest names a missing file", options: []redistest.Option{redistest.WithAOF()}, spoil: missingBase, trap: host.TrapBrokenAOF,
		want: []string{"names appendonly.aof.1.base.rdb", "not there"}},
	{name: "manifest without its last newline", options: []redistest.Option{redistest.WithAOF()}, spoil: cutManifest, trap: host.TrapBrokenAOF,
		want: []string{"manifest is broken", "redis-check-aof"}},
	{name: "AOF damaged", options: []redistest.Option{redistest.WithAOF()}, spoil: damagedAOF, trap: host.TrapBrokenAOF,
		want: []string{"AOF", "damaged", "redis-check-aof"}},
	{name: "config: no such directive", options: []redistest.Option{redistest.WithConf("nonsense 1")},
		want: []string{"refuses its config: line 8, nonsense 1", "redis.conf"}},
	{name: "config: dir is missing", options: []redistest.Option{redistest.WithConf("dir /nonexistent/x")},
		want: []string{"/nonexistent/x", "No such file or directory"}},
	{name: "config missing", spoil: func(t *testing.T, s *redistest.Server) { hideConf(t, s) }, user: "redis",
		want: []string{"cannot read its config", "Permission denied"}},
	{name: "log file", options: []redistest.Option{redistest.WithConf("logfile /nonexistent/redis.log")},
		want: []string{"log file", "No such file or directory"}},
	{name: "address of another machine", options: []redistest.Option{redistest.WithConf("bind 192.0.2.1")},
		want: []string{"192.0.2.1", "no address of this machine", "mend bind"}},
	{name: "socket", options: []redistest.Option{redistest.WithConf("unixsocket /nonexistent/redis.sock")},
		want: []string{"cannot make its socket", "No such file or directory"}},
	{name: "ACL file", options: []redistest.Option{redistest.WithConf("aclfile /nonexistent.acl")},
		want: []string{"refuses its ACL file", "/nonexistent.acl", "No such file or directory"}},
	{name: "file for an AOF directory", options: []redistest.Option{redistest.WithAOF()}, spoil: aofOfNoDirectory, trap: host.TrapBrokenAOF,
		want: []string{"appendonlydir is no directory"}},
	{name: "TLS", options: []redistest.Option{redistest.WithConf("tls-port 1", "tls-cert-file /nonexistent.crt", "tls-key-file /nonexistent.key")},
		want: []string{"cannot set up TLS", "tls- options"}},
	{name: "module file", options: []redistest.Option{redistest.WithConf("loadmodule /nonexistent.so")}, trap: host.TrapModules,
		want: []string{"/nonexistent.so", "loadmodule"}},
}

func TestStartFailures(t *testing.T) {
	for _, tt := range failures {
		for _, daemonize := range []string{"no", "yes"} {
			t.Run(tt.name+", daemonize "+daemonize, func(t *testing.T) {
				s := redistest.New(t, append(tt.options, redistest.WithConf("daemonize "+daemonize))...)
				c := blockOf(s)
				c.Process.User = tt.user
				if tt.user != "" {
					giveAll(t, tt.user, s.Dir)
				}
				if tt.spoil != nil {
					tt.spoil(t, s)
				}
				err := instance(t, c).Start(background(t))
				var start *host.StartError
				if !errors.As(err, &start) {
					t.Fatalf("Start = %v, want a *StartError", err)
				}
				if start.Trap != tt.trap || start.Server != "main" || start.Remedy == "" || len(start.Log) == 0 {
					t.Errorf("trap %q, want %q; server %q, remedy %q, %d log lines", start.Trap, tt.trap, start.Server, start.Remedy, len(start.Log))
				}
				mustContain(t, err, tt.want...)
				if t.Failed() {
					t.Log(err)
				}
			})
		}
	}
}

// A server whose filesystem is read-only, as in a unit's sandbox (T20).
func TestStartOnReadOnlyFilesystem(t *testing.T) {
	s := redistest.New(t, redistest.WithAOF())
	c := blockOf(s)
	c.Process.Command = append([]string{"unshare", "-m", "sh", "-c", `mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec redis-server "$1"`, s.Data}, s.Conf)
	err := instance(t, c).Start(background(t))
	mustContain(t, err, "read-only for the server", "ReadWritePaths")
}

func TestStartWithoutMemory(t *testing.T) {
	s := redistest.New(t)
	// A string of 512 MiB, cut off: the server makes room for it before it reads.
	dumpOf("REDIS0009\x00\x01a\x80\x20\x00\x00\x00xx")(t, s)
	c := blockOf(s)
	c.Process.Command = []string{"prlimit", "--as=300000000", "redis-server", s.Conf}
	err := instance(t, c).Start(background(t))
	mustContain(t, err, "memory")
}

// What systemd, a journal and servers that cannot be run here say.
func TestExplainLogLines(t *testing.T) {
	for line, want := range map[string]host.Trap{
		"redis-server.service: start operation timed out. Terminating.":                                              host.TrapStartTimeout,
		"redis-server.service: start-pre operation timed out. Terminating.":                                          host.TrapStartTimeout,
		"# Can't handle RDB format version 13":                                                                       host.TrapNewerRDB,
		"# Fatal error: can't open the append log file /x for reading: Permission denied":                            host.TrapUnreadable,
		"# Out Of Memory allocating 12345 bytes!":                                                                    host.TrapMemory,
		"Failed to set up mount namespacing: /run/systemd/unit-root/usr/bin/redis-server: No such file or directory": host.TrapSandbox,
		"nothing that is known": host.TrapNone,
	} {
		if got := explainStart(line, startFacts{}).Trap; got != want {
			t.Errorf("%s: trap %q, want %q", line, got, want)
		}
	}
	journal := "*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\nReading the configuration file, at line 379\n>>> 'databases x'\n" +
		"argument couldn't be parsed into an integer\nredis-server.service: Main process exited, code=exited, status=1/FAILURE\n"
	want := "the server refuses its config: line 379, databases x: argument couldn't be parsed into an integer"
	if got := explainStart(journal, startFacts{}).Cause; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestStartUnknownProgram(t *testing.T) {
	s := redistest.New(t)
	c := blockOf(s)
	c.Process.Command[0] = "/nonexistent/redis-server"
	mustContain(t, instance(t, c).Start(background(t)), `start redis "main"`, "/nonexistent/redis-server", "no such file")
}

// What a server logs may hold what its clients sent, down to terminal escapes.
func TestLogLinesArePrintable(t *testing.T) {
	got := lastLines("a\x1b[31mb\r\n\n  \nc\td\n", 5)
	if want := []string{"a[31mb", "c d"}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The log lies where the server's user can write: a link there leads nowhere.
func TestLogIsNotFollowed(t *testing.T) {
	s := redistest.New(t)
	secret := filepath.Join(t.TempDir(), "shadow")
	writeFile(t, secret, "root:hash\n", 0o600)
	if err := os.Symlink(secret, s.LogFile); err != nil {
		t.Fatal(err)
	}
	log := &serverLog{path: s.LogFile}
	if got := log.lines(); got != nil {
		t.Errorf("log shows %q", got)
	}
}
