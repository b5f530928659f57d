package main

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"redbook/internal/redistest"
	"redbook/runbook/host/local"
)

// An initCase is a server that init is to find, however it is.
type initCase struct {
	lines   []string                           // of its config
	prepare func(t *testing.T, s *redisServer) // once it serves; may be nil
	process bool                               // it is named by what starts it, not by its address
	down    bool                               // after prepare it is stopped
	want    []string                           // in what init prints; $DIR is the server's directory
	secret  string
}

var initCases = map[string]initCase{
	"running": {want: []string{"running", "config   $DIR/redis.conf", "data     $DIR/data", "AOF      off", "process  redis-server $DIR/redis.conf"}},
	"with AOF": {
		lines: []string{"appendonly yes", "appenddirname files"},
		want:  []string{"AOF      on: $DIR/data/files"},
	},
	"with an include": {
		prepare: func(t *testing.T, s *redisServer) {
			s.end(syscall.SIGTERM)
			writeFile(t, s.dir+"/more.conf", "dbfilename other.rdb\n")
			writeFile(t, s.conf(), readFile(t, s.conf())+"include "+s.dir+"/more.conf\n")
			s.start()
			s.do("SAVE")
		},
		want: []string{"$DIR/more.conf, included", "dump     $DIR/data/other.rdb"},
	},
	"whose data directory was moved": {
		lines: []string{"enable-protected-configs yes"},
		prepare: func(t *testing.T, s *redisServer) {
			if err := os.Mkdir(s.dir+"/moved", 0o755); err != nil {
				t.Fatal(err)
			}
			s.do("CONFIG", "SET", "dir", s.dir+"/moved")
			s.do("CONFIG", "REWRITE")
			s.do("SAVE")
		},
		want: []string{"data     $DIR/moved", "dump     $DIR/moved/dump.rdb\n"},
	},
	"whose CONFIG is renamed away": {
		lines: []string{`rename-command CONFIG ""`, "appendonly yes"},
		want:  []string{"running", "config   $DIR/redis.conf", "AOF      on: $DIR/data/appendonlydir"},
	},
	"that is down":                 {process: true, down: true, want: []string{"down", "data     $DIR/data", "process  redis-server $DIR/redis.conf"}},
	"that is named by its command": {process: true, want: []string{"running", "process  redis-server $DIR/redis.conf"}},
	"with a password": {
		process: true, lines: []string{"requirepass open-sesame"}, secret: "open-sesame",
		want: []string{"it wants a password, so it was not asked", "REDBOOK_VAR_password"},
	},
}

// Whatever the server is like, what init writes is valid and its plans succeed.
func TestInit(t *testing.T) {
	for name, c := range initCases {
		t.Run(name, func(t *testing.T) { c.test(t) })
	}
}

func (c *initCase) test(t *testing.T) {
	dir := workDirectory(t)
	s := newRedis(t, filepath.Join(dir, "redis"), c.lines...)
	s.password = c.secret
	s.start()
	s.do("SET", "shapes:triangles", "3 sides")
	s.do("SAVE")
	writeFile(t, dir+"/good.rdb", readFile(t, s.dir+"/data/dump.rdb"))
	if c.prepare != nil {
		c.prepare(t, s)
	}
	if c.down {
		s.end(syscall.SIGTERM)
	}
	args := []string{"init", "made", "--redis", s.address()}
	if c.process {
		args = []string{"init", "made", "--process", "redis-server " + s.conf()}
	}
	out := mustRun(t, dir, exitDone, args...)
	for _, want := range c.want {
		if want = strings.ReplaceAll(want, "$DIR", s.dir); !strings.Contains(out, want) {
			t.Errorf("it does not print %q:\n%s", want, out)
		}
	}
	c.plans(t, dir)
	if again := mustRun(t, dir, exitUsage, args...); !strings.Contains(strings.Join(strings.Fields(again), " "), "init overwrites nothing") {
		t.Errorf("a second time it says\n%s", again)
	}
}

// plans checks what init wrote.
func (c *initCase) plans(t *testing.T, dir string) {
	t.Helper()
	written, _ := filepath.Glob(dir + "/made/*.hcl")
	shipped, _ := filepath.Glob("../../runbooks/*.hcl")
	if len(written) != len(shipped) {
		t.Errorf("%d runbooks were written, of %d", len(written), len(shipped))
	}
	for _, path := range written {
		if c.secret != "" && strings.Contains(readFile(t, path), c.secret) {
			t.Errorf("%s holds the password", path)
		}
	}
	mustRun(t, dir, exitDone, append([]string{"validate"}, written...)...)
	t.Setenv("REDBOOK_VAR_password", c.secret)
	for _, name := range []string{"restore.hcl", "restore-tutorial.hcl"} {
		plan := mustRun(t, dir, exitDone, "plan", "made/"+name, "--var", "backup="+dir+"/good.rdb")
		if !strings.Contains(plan, "Nothing was touched.") {
			t.Errorf("the plan of %s:\n%s", name, plan)
		}
	}
	if !c.down {
		mustRun(t, dir, exitDone, "plan", "made/backup.hcl", "--var", "directory="+dir)
	}
}

// A server that speaks TLS alone, wants a certificate, and knows redbook as an ACL user.
func TestInitTLS(t *testing.T) {
	dir := workDirectory(t)
	certs := redistest.NewCertificates(t, dir)
	s := newRedis(t, filepath.Join(dir, "redis"), "tls-ca-cert-file "+certs.CA, "tls-cert-file "+certs.ServerCert,
		"tls-key-file "+certs.ServerKey, "user default off", "user redbook on >open-sesame ~* &* +@all")
	writeFile(t, s.conf(), readFile(t, s.conf())+fmt.Sprintf("port 0\ntls-port %d\n", s.port))
	pair, err := tls.LoadX509KeyPair(certs.ClientCert, certs.ClientKey)
	if err != nil {
		t.Fatal(err)
	}
	s.username, s.password = "redbook", "open-sesame"
	s.tls = &tls.Config{Certificates: []tls.Certificate{pair}, InsecureSkipVerify: true} //nolint:gosec // it is this test's own server
	s.start()
	s.do("SET", "shapes:triangles", "3 sides")
	process := []string{"init", "made", "--process", "redis-server " + s.conf()}
	if out := mustRun(t, dir, exitUsage, process...); !strings.Contains(strings.Join(strings.Fields(out), " "), "add --tls --cacert "+certs.CA) {
		t.Errorf("without --tls it says\n%s", out)
	}
	for want, flags := range map[string][]string{
		"go with --tls":         {"--cacert", certs.CA},
		"give both":             {"--tls", "--cert", certs.ClientCert},
		"no such file":          {"--tls", "--cacert", "none.crt"},
		"unknown authority":     {"--tls"},
		"may want cert and key": {"--tls", "--cacert", certs.CA},
	} {
		if out := strings.Join(strings.Fields(mustRun(t, dir, exitUsage, append(process, flags...)...)), " "); !strings.Contains(out, want) {
			t.Errorf("init %v does not say %q:\n%s", flags, want, out)
		}
	}
	t.Setenv("REDBOOK_VAR_password", "open-sesame")
	mustRun(t, dir, exitDone, append(process, "--tls", "--cacert", "ca.crt", "--cert", "client.crt", "--key", "client.key", "--username", "redbook")...)
	mustRun(t, dir, exitDone, "run", "made/backup.hcl", "--yes", "--state-dir", "state", "--var", "directory="+dir)
	backups, _ := filepath.Glob(dir + "/redis-*.rdb")
	if len(backups) != 1 {
		t.Fatalf("backups %q", backups)
	}
	mustRun(t, dir, exitDone, "run", "made/restore.hcl", "--yes", "--state-dir", "state", "--var", "backup="+backups[0])
}

// With several servers init lists them with the flags that choose.
func TestInitChooses(t *testing.T) {
	dir := workDirectory(t)
	one, other := newRedis(t, filepath.Join(dir, "one")), newRedis(t, filepath.Join(dir, "two"))
	one.start()
	other.start()
	out := mustRun(t, dir, exitUsage, "init", "made")
	for _, want := range []string{"--redis " + one.address() + "\n", "--redis " + other.address() + "\n", "say which by a flag"} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not print %q:\n%s", want, out)
		}
	}
	if exists(dir, "made") {
		t.Error("it wrote something all the same")
	}
	mustRun(t, dir, exitDone, "init", "made", "--redis", other.address())
	if got := readFile(t, dir+"/made/backup.hcl"); !strings.Contains(got, other.conf()) || strings.Contains(got, one.conf()) {
		t.Errorf("it took the wrong one:\n%s", got)
	}
}

// A server that does not tell what started it is refused with the way out.
func TestInitRefuses(t *testing.T) {
	dir := workDirectory(t)
	s := newRedis(t, filepath.Join(dir, "redis"), "requirepass open-sesame")
	s.password = "open-sesame"
	s.start()
	for want, args := range map[string][]string{
		"set REDBOOK_VAR_password":        {"--redis", s.address()},
		"exclude each other":              {"--service", "redis", "--process", "redis-server /etc/redis.conf"},
		"the absolute path of its config": {"--process", "redis-server redis.conf"},
		"no such file":                    {"--process", "redis-server /nowhere/redis.conf"},
		"no server of this machine":       {"--redis", "127.0.0.1:1"},
		"no unit redis-none":              {"--service", "redis-none"},
	} {
		if out := mustRun(t, dir, exitUsage, append([]string{"init", "made"}, args...)...); !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
			t.Errorf("init %v does not say %q:\n%s", args, want, out)
		}
	}
	t.Setenv("REDBOOK_VAR_password", "open-sesame")
	mustRun(t, dir, exitDone, "init", "made", "--redis", s.address())
}

// A config whose dir is relative leads to the same place only from where it was started.
func TestStartDirectory(t *testing.T) {
	conf := filepath.Join(t.TempDir(), "redis.conf")
	for text, want := range map[string]string{"": "/srv/app/data", "dir ./": "/srv/app/data", "dir data": "/srv/app", "dir /var": ""} {
		writeFile(t, conf, text+"\n")
		got, err := startDirectory(local.Found{Config: conf, Dir: "/srv/app/data"})
		if err != nil || got != want {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
}
