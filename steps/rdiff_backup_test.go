package steps_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redbook/internal/redistest"
	"redbook/runbook"
)

// increments is the repository of the tests; its name has a space in it.
func (m *machine) increments() string { return filepath.Join(m.backups, "incre ments") }

// nextSecond waits until a session can have another time than the last one.
func nextSecond(t *testing.T) {
	t.Helper()
	for began := time.Now().Unix(); time.Now().Unix() == began; {
		time.Sleep(10 * time.Millisecond)
	}
}

// backUp adds an increment and returns its time.
func (m *machine) backUp(t *testing.T, more string) string {
	t.Helper()
	l := m.steps(t, `step "rdiff-backup" "x" {
  to = "`+m.increments()+`"
  `+more+`
}`)
	o := l.done(t, l.runnable(t))
	nextSecond(t)
	return m.outputs(t, o.Run, "step.rdiff-backup.x")["increment"].(string)
}

func TestRdiffBackupExample(t *testing.T) {
	scenario{
		path:  "rdiff_backup.hcl",
		given: func(m *machine) map[string]string { return map[string]string{"repository": m.increments()} },
		ran:   backedUp("step.rdiff-backup.now"),
		back:  stays,
	}.test(t)
}

func TestBackupIncrementsRunbook(t *testing.T) {
	scenario{
		path:  "../runbooks/backup-increments.hcl",
		given: func(m *machine) map[string]string { return map[string]string{"repository": m.increments()} },
		ran:   backedUp("step.rdiff-backup.now"),
		back:  stays,
	}.test(t)
}

// backedUp wants a repository that holds the whole set, and no stage.
func backedUp(step string) func(*testing.T, *machine, *runbook.Outcome) {
	return func(t *testing.T, m *machine, o *runbook.Outcome) {
		t.Helper()
		if got := string(read(t, filepath.Join(m.increments(), "dump.rdb"))); got != string(read(t, m.dump())) {
			t.Error("the dump in the repository is not the server's")
		}
		conf := filepath.Join(m.increments(), "config", m.Conf)
		if string(read(t, conf)) != string(read(t, m.Conf)) {
			t.Error("the configuration in the repository is not the server's")
		}
		if got, want := exists(t, filepath.Join(m.increments(), "appendonlydir", "appendonly.aof.manifest")), m.appendOnly == "yes"; got != want {
			t.Errorf("the repository holds an AOF: %t, want %t", got, want)
		}
		if exists(t, m.increments()+".stage") {
			t.Error("the stage is still there")
		}
		if got := m.Do(t, "CONFIG", "GET", "auto-aof-rewrite-percentage").([]any)[1]; got != "100" {
			t.Errorf("auto-aof-rewrite-percentage is %v afterwards", got)
		}
		out := m.outputs(t, o.Run, step)
		if list := out["increments"].([]any); len(list) != 1 || list[0] != out["increment"] {
			t.Errorf("outputs %v", out)
		}
	}
}

// stays wants a backup to outlive a roll-back: it takes nothing from anybody.
func stays(t *testing.T, m *machine, _ *runbook.Outcome) {
	t.Helper()
	if !exists(t, filepath.Join(m.increments(), "dump.rdb")) {
		t.Error("the roll-back took the backup away")
	}
}

func TestRdiffBackupArguments(t *testing.T) {
	testArguments(t, "rdiff-backup", []argumentCase{
		{`to = "/a"`, ""},
		{`to = "/a"
		  stage = "/b"
		  keep = "12W"`, ""},
		{`to = "a"`, "give an absolute path"},
		{`to = "/host::/a"`, "another host"},
		{`to = "/a"
		  stage = "/a"`, "same path"},
		{`to = "/a"
		  keep = "30 days"`, "no length of time"},
		{`keep = "30D"`, "to"},
	})
}

func TestRdiffBackup(t *testing.T) {
	t.Parallel() // it waits most of its time
	for name, options := range withAndWithoutAOF {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, options...)
			first := m.backUp(t, "")
			data := m.digest(t)
			damage(t, m)
			second := m.backUp(t, "")
			if second <= first {
				t.Errorf("increments %s and %s", first, second)
			}
			m.restoreIncrement(t, first)
			if m.digest(t) != data {
				t.Error("the dataset of the older increment is another")
			}
		})
	}
}

// restoreIncrement runs the shipped runbook.
func (m *machine) restoreIncrement(t *testing.T, at string) {
	t.Helper()
	const path = "../runbooks/restore-increment.hcl"
	l := m.load(t, path, string(read(t, path)), map[string]string{"repository": m.increments(), "at": at, "key": "shapes:triangles", "value": "3 sides"})
	m.Do(t, "SAVE")
	before := m.snapshot(t)
	p := l.runnable(t)
	compareSnapshots(t, "the plan", before, m.snapshot(t))
	o := l.done(t, p)
	m.comparePlan(t, p, o.Run)
	restored(t, m, o)
}

// A repository that root can be led out of is refused, as is one that is none.
func TestRdiffBackupRefuses(t *testing.T) {
	m := newMachine(t)
	step := func(to, more string) string {
		return `step "rdiff-backup" "x" {
  to = "` + to + `"
  ` + more + `
}`
	}
	m.fails(t, step(m.backups, ""), "step.rdiff-backup.x", "holds other things")
	m.fails(t, step(filepath.Join(m.backups, "no", "such"), ""), "step.rdiff-backup.x", "no such file")
	m.fails(t, step(m.increments(), `stage = "`+m.Data+`"`), "step.rdiff-backup.x", "never overwrites")
	open := filepath.Join(m.backups, "open")
	if err := os.Mkdir(open, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	m.fails(t, step(filepath.Join(open, "x"), ""), "step.rdiff-backup.x", "only you can write to")
	m.Stop(t)
	m.fails(t, step(m.increments(), ""), "step.rdiff-backup.x", "start it first")
}

// Old increments go, the plan says so beforehand, and a roll-back does not pretend
// to bring them back.
func TestRdiffBackupKeep(t *testing.T) {
	m := newMachine(t)
	m.backUp(t, "")
	m.backUp(t, "")
	l := m.steps(t, `step "rdiff-backup" "x" {
  to = "`+m.increments()+`"
  keep = "1s"
}`)
	p := l.runnable(t)
	if p.PointOfNoReturn() != "step.rdiff-backup.x" {
		t.Errorf("point of no return is %q", p.PointOfNoReturn())
	}
	o := l.done(t, p)
	if list := m.outputs(t, o.Run, "step.rdiff-backup.x")["increments"].([]any); len(list) >= 3 {
		t.Errorf("increments %v are left, want fewer", list)
	}
	back, err := m.engine.RollBack(t.Context(), o.Run, "", runbook.Inputs{})
	if err != nil || back.Status != runbook.StatusIncomplete || !strings.Contains(strings.Join(back.Left, "\n"), "nothing brings them back") {
		t.Errorf("taking back what cannot be: %+v, %v", back, err)
	}
}

// A backup that a shim spoils fails, and leaves nothing behind that a restore could take
// for a backup; nor does the server keep an option of the backup's.
func TestRdiffBackupSpoiled(t *testing.T) {
	for name, c := range map[string]struct{ shim, want string }{
		"it warns":           {`"$real" "$@"; s=$?; [ "$action" = backup ] && echo "WARNING: UpdateError" >&2; exit $s`, "UpdateError"},
		"the program fails":  {`[ "$action" = backup ] && { echo "disk on fire" >&2; exit 1; }; exec "$real" "$@"`, "disk on fire"},
		"verification fails": {`[ "$action" = verify ] && { echo "WARNING: Computed SHA1 digest does not match" >&2; exit 2; }; exec "$real" "$@"`, "SHA1"},
		"cut off":            {`[ "$action" = backup ] && { "$real" "$@"; s=$?; cd "$repo"/rdiff-backup-data; for f in current_mirror.*; do cp $f current_mirror."$first".data; done; exit 9; }; exec "$real" "$@"`, "exit status 9"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, redistest.WithAOF())
			first := m.backUp(t, "")
			dump := string(read(t, filepath.Join(m.increments(), "dump.rdb")))
			m.Do(t, "SET", "after", "backup")
			shim(t, `repo="`+m.increments()+`"; stage="$repo.stage"; first="`+first+`"; action=; for a; do case $a in backup|verify|regress) action=$a; break;; esac; done
`+c.shim)
			l := m.steps(t, `step "rdiff-backup" "x" { to = "`+m.increments()+`" }`)
			o := l.run(t, l.runnable(t))
			if o.Status != runbook.StatusRolledBack || !strings.Contains(o.Cause.Error(), c.want) {
				t.Fatalf("the run is %s: %v, want %q", o.Status, o.Cause, c.want)
			}
			if got := string(read(t, filepath.Join(m.increments(), "dump.rdb"))); got != dump {
				t.Error("the mirror is not that of the first increment")
			}
			if exists(t, m.increments()+".stage") {
				t.Errorf("the stage is still there: %q", entries(t, m.backups))
			}
			if got := m.Do(t, "CONFIG", "GET", "auto-aof-rewrite-percentage").([]any)[1]; got != "100" {
				t.Errorf("auto-aof-rewrite-percentage is %v afterwards", got)
			}
		})
	}
}

// shim puts a shell script before the real program, which it knows as $real.
func shim(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	text := "#!/bin/sh\nreal=/usr/bin/rdiff-backup\n" + script + "\n"
	if err := os.WriteFile(filepath.Join(dir, "rdiff-backup"), []byte(text), 0o755); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
}

// The set holds every file of the configuration under its whole path, and the ACL file.
func TestRdiffBackupOfConfiguration(t *testing.T) {
	m := newMachine(t)
	m.Stop(t)
	included, users := filepath.Join(m.Dir, "more options.conf"), filepath.Join(m.Dir, "users.acl")
	write(t, included, []byte("maxmemory-samples 7\n"))
	write(t, users, []byte("user default on nopass ~* &* +@all\nuser backup on >secret ~* +@read\n"))
	conf := string(read(t, m.Conf)) + "\ninclude \"" + included + "\"\naclfile " + users + "\n"
	write(t, m.Conf, []byte(conf))
	m.Start(t)
	m.backUp(t, "")
	for _, path := range []string{m.Conf, included, users} {
		if got := string(read(t, filepath.Join(m.increments(), "config", path))); got != string(read(t, path)) {
			t.Errorf("the repository holds %q as %s", got, path)
		}
	}
}
