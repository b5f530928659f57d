package steps_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"redbook/internal/aof"
	"redbook/internal/redistest"
)

func TestBuildAOFExample(t *testing.T) {
	scenario{
		path:    "build_aof.hcl",
		given:   func(m *machine) map[string]string { return map[string]string{"backup": m.backup} },
		prepare: damage,
		ran:     restored,
		back:    setAside,
		servers: map[string][]redistest.Option{
			"aof on":      {redistest.WithAOF()},
			"other names": {redistest.WithAOF(), redistest.WithConf(`appendfilename "my own.aof"`, "appenddirname aof")},
			"no preamble": {redistest.WithAOF(), redistest.WithConf("aof-use-rdb-preamble no")},
			"no save":     {redistest.WithAOF(), redistest.WithConf(`save ""`)},
		},
	}.test(t)
}

func TestBuildAOFArguments(t *testing.T) {
	testArguments(t, "build-aof", []argumentCase{
		{`from = "/a"
		  to = "/b"`, ""},
		{`from = "a"
		  to = "/b"`, "give an absolute path"},
		{`from = "/a"
		  to = "/a"`, "same path"},
		{`to = "/b"`, "from"},
	})
}

const buildStep = `step "build-aof" "x" {
  from = "DUMP"
  to   = "${redis.main.aof_path}.staged"
}`

// What is built passes redis-check-aof, has the server's own modes, and shares the dump's bytes.
func TestBuildAOF(t *testing.T) {
	m := newMachine(t, redistest.WithAOF())
	dir := filepath.Join(m.Data, "appendonlydir")
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, aof.ManifestName("appendonly.aof")), 0o604); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(m.backups, "text"), []byte("no dump"))
	m.fails(t, strings.ReplaceAll(buildStep, "DUMP", filepath.Join(m.backups, "text")), "step.build-aof.x", "does not begin as a dump")
	m.fails(t, strings.ReplaceAll(buildStep, "DUMP", filepath.Join(m.backups, "none")), "step.build-aof.x", "no such file")

	l := m.steps(t, strings.ReplaceAll(buildStep, "DUMP", m.backup))
	o := l.done(t, l.runnable(t))
	staged := dir + ".staged"
	manifest := filepath.Join(staged, aof.ManifestName("appendonly.aof"))
	if out, err := exec.Command("redis-check-aof", manifest).CombinedOutput(); err != nil {
		t.Errorf("redis-check-aof: %v\n%s", err, out)
	}
	for path, want := range map[string]os.FileMode{
		staged: 0o711, manifest: 0o604, filepath.Join(staged, aof.IncrName("appendonly.aof", 1)): 0o604,
	} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want mode %v", path, info.Mode(), err, want)
		}
	}
	m.fails(t, strings.ReplaceAll(buildStep, "DUMP", m.backup), "step.build-aof.x", "never overwrites")
	m.rollBack(t, o.Run)
	if exists(t, staged) {
		t.Error("the AOF outlives the roll-back")
	}
}

// restoreHolds restores a dump of m's data with restore.hcl and wants it all back.
func restoreHolds(t *testing.T, m *machine) {
	t.Helper()
	m.Do(t, "SAVE")
	write(t, m.backup, read(t, m.dump()))
	want := m.digest(t)
	functions := m.Do(t, "FUNCTION", "DUMP")
	m.Do(t, "FUNCTION", "FLUSH")
	m.Do(t, "FLUSHALL")
	m.Do(t, "SET", "after:backup", "yes")
	l := m.load(t, "restore.hcl", string(read(t, "../runbooks/restore.hcl")), map[string]string{"backup": m.backup})
	o := l.done(t, l.runnable(t))
	if m.digest(t) != want {
		t.Error("the server holds other keys than the backup")
	}
	if m.Do(t, "FUNCTION", "DUMP") != functions {
		t.Error("the server holds other functions than the backup")
	}
	wantAppendOnly(t, m, m.appendOnly)
	if out := m.outputs(t, o.Run, "step.verify-dataset.restored"); out["differences"] != 0.0 {
		t.Errorf("verify-dataset found %v", out)
	}
}

// The sample data is in two databases and has a function.
func TestRestoreFunctionsAndDatabases(t *testing.T) {
	for name, options := range withAndWithoutAOF {
		t.Run(name, func(t *testing.T) { restoreHolds(t, newMachine(t, options...)) })
	}
}

// Keys that have expired since the backup are dropped by the load of a dump, and
// loaded and expired later by that of an AOF.
func TestRestoreExpiredKeys(t *testing.T) {
	for name, options := range withAndWithoutAOF {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, append([]redistest.Option{redistest.WithConf("enable-debug-command local")}, options...)...)
			m.Do(t, "DEBUG", "SET-ACTIVE-EXPIRE", 0)
			for _, key := range []string{"gone:1", "gone:2"} {
				m.Do(t, "SET", key, "v", "PX", 1)
			}
			m.Do(t, "SET", "stays", "v", "EX", 100_000)
			restoreHolds(t, m)
			for key, want := range map[string]any{"gone:1": nil, "gone:2": nil, "stays": "v"} {
				if got := m.Do(t, "GET", key); got != want {
					t.Errorf("%s is %v, want %v", key, got, want)
				}
			}
		})
	}
}

// A server that is down with appendonly yes and no AOF on disk would start empty, whatever dump stands there.
func TestRestoreWithoutAOFOnDisk(t *testing.T) {
	m := newMachine(t, redistest.WithAOF())
	m.Stop(t)
	if err := os.RemoveAll(filepath.Join(m.Data, "appendonlydir")); err != nil {
		t.Fatal(err)
	}
	l := m.load(t, "restore.hcl", string(read(t, "../runbooks/restore.hcl")), map[string]string{"backup": m.backup})
	o := l.done(t, l.runnable(t))
	if got := m.Do(t, "GET", "shapes:triangles"); got != "3 sides" {
		t.Errorf("shapes:triangles is %v", got)
	}
	m.rollBack(t, o.Run)
	if names := strings.Join(entries(t, m.Data), " "); strings.Contains(names, "appendonlydir ") {
		t.Errorf("after the roll-back there are %s", names)
	}
}

// Whichever of dump and AOF is put in place last, the plan knows what is loaded.
func TestBuildAOFThenDump(t *testing.T) {
	m := newMachine(t, redistest.WithAOF())
	damage(t, m)
	body := strings.ReplaceAll(buildStep, "DUMP", m.backup) + `
step "stop-service" "redis" {}
step "rename" "old-aof" {
  from = redis.main.aof_path
  to   = "${redis.main.aof_path}.old"
}
step "rename" "aof" {
  from = step.build-aof.x.path
  to   = redis.main.aof_path
}
step "rename" "old-dump" {
  from = redis.main.dump
  to   = "${redis.main.dump}.old"
}
step "copy" "dump" {
  from = "BACKUP"
  to   = redis.main.dump
}
step "start" "redis" {}
step "verify-key" "now" {
  key    = "shapes:triangles"
  equals = "WANT"
}
`
	for want, ok := range map[string]bool{"3 sides": true, "5 sides": false} {
		l := m.steps(t, strings.NewReplacer("BACKUP", m.backup, "WANT", want).Replace(body))
		p := l.plan(t)
		if f := p.Failed(); (f == nil) != ok || f != nil && f.Address != "step.verify-key.now" {
			t.Errorf("the plan for %q fails at %+v", want, f)
		}
		if ok {
			o := l.done(t, p)
			m.rollBack(t, o.Run)
		}
	}
	if got := m.Do(t, "GET", "after:backup"); got != "yes" {
		t.Errorf("after the roll-back after:backup is %v", got)
	}
}
