package steps_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"redbook/internal/rdb"
	"redbook/runbook"
)

// The runbooks in runbooks/ on a real server. After a restore the server holds
// the data of the backup, and its AOF is as it was.

// damage is what happens between a backup and its restore.
func damage(t *testing.T, m *machine) {
	t.Helper()
	m.Do(t, "DEL", "shapes:triangles")
	m.Do(t, "SET", "after:backup", "yes")
}

func restored(t *testing.T, m *machine, _ *runbook.Outcome) {
	t.Helper()
	if got := m.Do(t, "GET", "shapes:triangles"); got != "3 sides" {
		t.Errorf("shapes:triangles is %v", got)
	}
	if got := m.Do(t, "GET", "after:backup"); got != nil {
		t.Errorf("a key that is not in the backup is %v", got)
	}
	wantAppendOnly(t, m, m.appendOnly)
	data := m.digest(t)
	m.Kill(t)
	m.Start(t)
	if m.digest(t) != data {
		t.Error("a crash after the restore loses data")
	}
}

func TestBackupRunbook(t *testing.T) {
	scenario{
		path:  "../runbooks/backup.hcl",
		given: func(m *machine) map[string]string { return map[string]string{"directory": m.backups} },
		ran: func(t *testing.T, m *machine, o *runbook.Outcome) {
			path := m.outputs(t, o.Run, "step.copy.backup")["path"].(string)
			if s, err := rdb.Check(bytes.NewReader(read(t, path))); err != nil || s.Keys() != 22 {
				t.Errorf("the backup: %+v, %v", s, err)
			}
		},
		back: func(t *testing.T, m *machine, _ *runbook.Outcome) {
			if names := entries(t, m.backups); len(names) != 1 {
				t.Errorf("after the roll-back the backups are %q", names)
			}
		},
	}.test(t)
}

func TestRestoreRunbook(t *testing.T) {
	scenario{
		path: "../runbooks/restore.hcl",
		given: func(m *machine) map[string]string {
			return map[string]string{"backup": m.backup, "key": "shapes:triangles", "value": "3 sides"}
		},
		prepare: damage,
		ran:     restored,
		back:    setAside,
	}.test(t)
}

func TestRestoreTutorialRunbook(t *testing.T) {
	scenario{
		path:    "../runbooks/restore-tutorial.hcl",
		given:   func(m *machine) map[string]string { return map[string]string{"backup": m.backup} },
		prepare: damage,
		planned: warnsOfLostWrites,
		ran:     restored,
		back:    setAside,
	}.test(t)
}

// warnsOfLostWrites wants the plan of the tutorial's order to say what it
// loses, exactly where there is an AOF to lose writes from.
func warnsOfLostWrites(t *testing.T, m *machine, p *runbook.Plan) {
	t.Helper()
	warned := false
	for _, s := range p.Steps {
		for _, w := range s.Warnings {
			warned = warned || w.Trap == "rewrite-before-restart"
		}
	}
	if want := m.appendOnly == "yes"; warned != want {
		t.Errorf("the plan warns of lost writes: %t, want %t", warned, want)
	}
}

// setAside wants the notes of a roll-back to name all that it left beside.
func setAside(t *testing.T, m *machine, o *runbook.Outcome) {
	t.Helper()
	for _, name := range entries(t, m.Data) {
		if !strings.Contains(name, ".redbook-") {
			continue
		}
		if !strings.Contains(strings.Join(o.Notes, "\n"), filepath.Join(m.Data, name)) {
			t.Errorf("%s was set aside, and no note says so: %q", name, o.Notes)
		}
	}
}

// A server that is down is restored too, and a roll-back leaves it down, with
// the data that it had.
func TestRestoreOfStoppedServer(t *testing.T) {
	for name, options := range withAndWithoutAOF {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, options...)
			damage(t, m)
			data := m.digest(t)
			m.Stop(t)
			l := m.load(t, "restore.hcl", string(read(t, "../runbooks/restore.hcl")), map[string]string{"backup": m.backup})
			before := m.snapshot(t)
			p := l.runnable(t)
			compareSnapshots(t, "the plan", before, m.snapshot(t))
			o := l.done(t, p)
			m.comparePlan(t, p, o.Run)
			restored(t, m, o)
			back := m.rollBack(t, o.Run)
			if m.PID() != 0 {
				t.Error("after the roll-back the server runs, as it did not before")
			}
			setAside(t, m, back)
			m.Start(t)
			if m.digest(t) != data {
				t.Error("after the roll-back the dataset is another")
			}
		})
	}
}
