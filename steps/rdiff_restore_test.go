package steps_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redbook/internal/redistest"
	"redbook/runbook"
)

func TestRdiffRestoreExample(t *testing.T) {
	scenario{
		path:    "rdiff_restore.hcl",
		servers: map[string][]redistest.Option{"aof off": nil}, // it does not ask the server
		given: func(m *machine) map[string]string {
			return map[string]string{"repository": m.increments(), "at": "now", "directory": m.backups}
		},
		prepare: func(t *testing.T, m *machine) { m.backUp(t, "") },
		planned: func(t *testing.T, _ *machine, p *runbook.Plan) {
			// The newest increment is known to the plan, so the check is done in it.
			if p.Steps[1].Undecided != "" || len(p.Steps[1].Outputs) == 0 {
				t.Errorf("the plan leaves the check of the dump to the run: %+v", p.Steps[1])
			}
		},
		ran: func(t *testing.T, m *machine, o *runbook.Outcome) {
			path := m.outputs(t, o.Run, "step.rdiff-restore.dump")["path"].(string)
			if string(read(t, path)) != string(read(t, filepath.Join(m.increments(), "dump.rdb"))) {
				t.Error("what was restored is not the dump of the repository")
			}
		},
		back: func(t *testing.T, m *machine, _ *runbook.Outcome) {
			if names := entries(t, m.backups); len(names) != 2 {
				t.Errorf("after the roll-back there are %q", names)
			}
		},
	}.test(t)
}

func TestRestoreIncrementRunbook(t *testing.T) {
	t.Parallel() // it waits most of its time
	scenario{
		path: "../runbooks/restore-increment.hcl",
		given: func(m *machine) map[string]string {
			return map[string]string{"repository": m.increments(), "key": "shapes:triangles", "value": "3 sides"}
		},
		prepare: func(t *testing.T, m *machine) {
			m.backUp(t, "")
			damage(t, m)
		},
		ran:  restored,
		back: setAside,
	}.test(t)
}

func TestRdiffRestoreArguments(t *testing.T) {
	testArguments(t, "rdiff-restore", []argumentCase{
		{`from = "/a"
		  to = "/b"`, ""},
		{`from = "/a"
		  path = "appendonlydir/x y"
		  at = "1h30m"
		  to = "/b"`, ""},
		{`from = "/a"
		  path = "../etc/passwd"
		  to = "/b"`, "relative to the repository"},
		{`from = "/a"
		  path = "/etc/passwd"
		  to = "/b"`, "relative to the repository"},
		{`from = "/a"
		  path = "rdiff-backup-data/backup.log"
		  to = "/b"`, "the repository's own"},
		{`from = "/a"
		  at = "yesterday"
		  to = "/b"`, "is no time"},
		{`from = "/host::/a"
		  to = "/b"`, "another host"},
		{`from = "/a"
		  to = "/a"`, "same path"},
	})
}

func TestRdiffRestore(t *testing.T) {
	m := newMachine(t)
	first := m.backUp(t, "")
	older := string(read(t, filepath.Join(m.increments(), "dump.rdb")))
	damage(t, m)
	m.backUp(t, "")
	target := filepath.Join(m.backups, "tar get")
	step := func(at, path, to string) string {
		return `step "rdiff-restore" "x" {
  from = "` + m.increments() + `"
  at   = "` + at + `"
  path = ` + path + `
  to   = "` + to + `"
}`
	}
	m.fails(t, step("now", `"dump.rdb"`, m.backup), "step.rdiff-restore.x", "never overwrites")
	m.fails(t, step("now", `"other.rdb"`, target), "step.rdiff-restore.x", "never held")
	m.fails(t, step("3D", `"dump.rdb"`, target), "step.rdiff-restore.x", first)
	m.fails(t, `step "rdiff-restore" "x" {
  from = "`+m.Data+`"
  to   = "`+target+`"
}`, "step.rdiff-restore.x", "no such file")

	l := m.steps(t, step(first, `"dump.rdb"`, target))
	o := l.done(t, l.runnable(t))
	if string(read(t, target)) != older {
		t.Error("the dump is not that of the older increment")
	}
	m.rollBack(t, o.Run)
	if exists(t, target) {
		t.Error("what was restored outlives the roll-back")
	}

	l = m.steps(t, step(first, "null", target))
	o = l.done(t, l.runnable(t))
	if string(read(t, filepath.Join(target, "dump.rdb"))) != older || string(read(t, filepath.Join(target, "config", m.Conf))) != string(read(t, m.Conf)) {
		t.Error("the directory is not that of the older increment")
	}
	if err := os.WriteFile(filepath.Join(target, "notes"), []byte("somebody's own"), 0o600); err != nil {
		t.Fatal(err)
	}
	back := m.rollBack(t, o.Run)
	if aside := target + ".redbook-" + o.Run; exists(t, target) || string(read(t, filepath.Join(aside, "notes"))) != "somebody's own" || !strings.Contains(strings.Join(back.Notes, "\n"), aside) {
		t.Errorf("what somebody changed is not set aside: %q", back.Notes)
	}
}

// The command line of before 2.1 does the same: a shim speaks it, whatever is installed.
func TestRdiffOldCommandLine(t *testing.T) {
	m := newMachine(t)
	log := filepath.Join(t.TempDir(), "log")
	shim(t, `echo "$*" >> `+log+`
[ "$1" = --version ] && { echo rdiff-backup 1.2.8; exit; }
"$real" "$@" 2>"$0.err"; s=$?
grep -v 'command line interface is deprecated' "$0.err" >&2
exit $s`)
	first := m.backUp(t, "")
	data := m.digest(t)
	damage(t, m)
	m.backUp(t, `keep = "1D"`)
	m.restoreIncrement(t, first)
	if m.digest(t) != data {
		t.Error("the dataset of the older increment is another")
	}
	if text := string(read(t, log)); strings.Contains(text, "--api-version") || !strings.Contains(text, "--restore-as-of") {
		t.Errorf("the program was run as\n%s", text)
	}
}
