package runbook

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"redbook/runbook/host"
	"redbook/runbook/journal"
)

// Nothing is done on the strength of a journal that is damaged, other than by a
// crash; nor does it stop runs on other servers.
func TestDamagedJournal(t *testing.T) {
	b := newWorkbench(t, step("put a", ""), nil)
	o := b.run(context.Background())
	path := b.damage(o.Run, 2)
	for verb, do := range map[string]func() error{
		"resume":    func() error { _, err := b.engine.Resume(context.Background(), o.Run, Inputs{}); return err },
		"roll-back": func() error { _, err := b.engine.RollBack(context.Background(), o.Run, "", Inputs{}); return err },
		"show":      func() error { _, err := b.engine.ShowRun(o.Run); return err },
	} {
		var corrupt *journal.CorruptError
		if err := do(); !errors.As(err, &corrupt) || corrupt.Path != path || corrupt.Line != 2 {
			t.Errorf("%s says %v, want a CorruptError of line 2 of %s", verb, err, path)
		}
	}
	if list, err := b.engine.Runs(); err != nil || len(list) != 1 || list[0].Problem == "" {
		t.Errorf("the list of runs is %+v, %v; want the run with its problem", list, err)
	}
	b.wantFiles("a", "original")
	b.runbook, b.vars = b.load(step("put b", ""), b.dir)
	b.wantStatus(b.run(context.Background()), StatusDone)
}

// A run that may have left the server half way, and of which nobody can tell,
// must be moved away by a person.
func TestDamagedJournalOfServer(t *testing.T) {
	at := func(dir string) *Plan {
		return &Plan{ID: "now", Servers: []PlannedServer{{Description: host.Description{Dir: dir}}}}
	}
	b := newWorkbench(t, step("put a", ""), nil)
	old := at("/var/lib/redis")
	old.ID, old.Path, old.Version = "old", "test.hcl", PlanVersion
	track, err := b.engine.begin(old, nil)
	b.must(err)
	b.must(track.record(journal.Record{Type: journal.End, Status: string(StatusDone)}))
	b.must(track.close())
	b.must(b.engine.refuseUnfinished(at("/var/lib/redis")))

	b.damage(track.id, 2)
	b.must(b.engine.refuseUnfinished(at("/var/lib/other")))
	var damaged *DamagedError
	if err := b.engine.refuseUnfinished(at("/var/lib/redis")); !errors.As(err, &damaged) || damaged.Run != track.id {
		t.Errorf("another run on the server: %v, want a DamagedError", err)
	}
	b.damage(track.id, 1)
	if err := b.engine.refuseUnfinished(at("/var/lib/other")); !errors.As(err, &damaged) {
		t.Fatalf("without a header: %v, want a DamagedError", err)
	}
	b.must(os.Rename(damaged.Dir, damaged.Away()))
	b.must(b.engine.refuseUnfinished(at("/var/lib/redis")))
}

// damage changes a byte of a line of a run's journal.
func (b *workbench) damage(run string, line int) (path string) {
	b.t.Helper()
	path = filepath.Join(b.state, "runs", run, "journal.jsonl")
	content, err := os.ReadFile(path)
	b.must(err)
	lines := bytes.SplitAfter(content, []byte("\n"))
	lines[line-1][len(lines[line-1])/2] ^= 1
	b.must(os.WriteFile(path, bytes.Join(lines, nil), 0o600))
	return path
}
