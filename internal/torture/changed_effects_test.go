package torture

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"redbook/runbook"
	"redbook/runbook/effect"
)

// A changedEffect is a run that ends well, what somebody does by hand to what one of its
// effects left, and what the roll-back then makes of it. DIR is the server's directory.
type changedEffect struct {
	kind  string // of the effect
	aof   bool
	name  string
	first func(s *scene, t *testing.T) // before the run; may be nil
	steps string
	do    func(t *testing.T, s *scene)
	// refused: the roll-back says this and does nothing more before it is put right.
	refused  string
	putRight func(t *testing.T, s *scene)
	note     string
	stays    string // a name below DIR that is there afterwards
}

const (
	liveLoad = `
step "fetch-dump" "before" { to = "DIR/snapshot.rdb" }
step "load-dataset" "it" {
  path     = "DIR/backup.rdb"
  snapshot = step.fetch-dump.before.path
}`
	increments = `
step "rdiff-backup" "first" { to = "DIR/increments" }
step "exec" "until-the-next-second" {
  argv = ["sleep", "1"]
  undo = ["true"]
}
step "rdiff-backup" "second" {
  to   = "DIR/increments"
  keep = "1D"
}`
)

var changedEffects = []changedEffect{
	{
		kind: "copy", name: "the copy is replaced", steps: `step "copy" "it" {
  from = "DIR/backup.rdb"
  to   = "DIR/copy"
}`,
		do: replacesFile("copy"), note: "no longer the copy",
	},
	{
		kind: "rename", name: "what was renamed is replaced", steps: `step "rename" "it" {
  from = "DIR/backup.rdb"
  to   = "DIR/moved"
}`,
		do: replacesFile("moved"), refused: "does not hold what was", stays: "moved",
	},
	{
		kind: "rename", name: "the dump is moved away and back, and saved over", steps: `
step "stop-service" "it" {}
step "rename" "away" {
  from = "DIR/data/dump.rdb"
  to   = "DIR/data/dump.rdb.old"
}
step "rename" "back" {
  from = "DIR/data/dump.rdb.old"
  to   = "DIR/data/dump.rdb"
}
step "start" "it" {}`,
		do: func(t *testing.T, s *scene) { s.server.Do(t, "SAVE") }, note: "as it is now",
	},
	{
		kind: "set-attr", name: "the file is replaced", steps: `step "chown" "it" {
  path = "DIR/backup.rdb"
  mode = "0644"
}`,
		do: replacesFile("backup.rdb"), note: "no longer the file that the run handed over",
	},
	{
		kind: "edit-config", name: "redis.conf is edited", steps: `
step "stop-service" "it" {}
step "enable-aof" "it" {}`,
		do: func(t *testing.T, s *scene) { appendTo(t, s.server.Conf, "maxmemory 0\n") }, note: "only redbook's line was taken back",
	},
	{
		kind: "stop", name: "the server is started", steps: `step "stop-service" "it" {}
step "copy" "it" {
  from = "DIR/backup.rdb"
  to   = "DIR/copy"
}`,
		do:      func(t *testing.T, s *scene) { s.server.Start(t) },
		refused: "was started by somebody else", putRight: func(t *testing.T, s *scene) { s.server.Stop(t) },
	},
	{
		kind: "start", name: "the server is killed", steps: `step "stop-service" "it" {}
step "start" "it" {}`,
		do: func(t *testing.T, s *scene) { s.server.Kill(t) },
	},
	{
		kind: "save", name: "the dump is removed", steps: `step "save" "it" {}`,
		do: func(t *testing.T, s *scene) { s.remove(t, "data/dump.rdb"); s.server.Do(t, "SAVE") },
	},
	{
		kind: "rewrite-aof", name: "the AOF is switched on", steps: `step "bgrewriteaof" "it" {}`,
		do: func(t *testing.T, s *scene) { s.server.Do(t, "CONFIG", "SET", "appendonly", "yes") }, stays: "data/appendonlydir",
	},
	{
		kind: "set-option", name: "the AOF is switched off again", steps: `step "enable-aof" "it" {}`,
		do: func(t *testing.T, s *scene) { s.server.Do(t, "CONFIG", "SET", "appendonly", "no") }, note: "appendonlydir was set aside",
	},
	{
		kind: "set-option", aof: true, name: "the server is started without its AOF", steps: `step "disable-aof" "it" {}`,
		do: func(t *testing.T, s *scene) { s.server.Stop(t); s.server.Start(t) }, note: "appendonlydir was set aside",
	},
	{
		kind: "exec", name: "what the command made is removed", steps: `step "exec" "it" {
  argv = ["touch", "DIR/made"]
  undo = ["rm", "DIR/made"]
}`,
		do: func(t *testing.T, s *scene) { s.remove(t, "made") }, refused: "No such file",
		putRight: func(t *testing.T, s *scene) { appendTo(t, filepath.Join(s.server.Dir, "made"), "") },
	},
	{
		kind: "fetch-dump", name: "the dump is replaced", steps: `step "fetch-dump" "it" { to = "DIR/fetched.rdb" }`,
		do: replacesFile("fetched.rdb"), note: "fetched.rdb was set aside",
	},
	{
		kind: "load-dataset", name: "a key is written", steps: liveLoad,
		do: func(t *testing.T, s *scene) { s.server.Do(t, "SET", "key", mine) }, note: "before it went back is in",
	},
	{
		kind: "load-dataset", name: "the server is stopped and started", steps: liveLoad,
		do: func(t *testing.T, s *scene) { s.server.Stop(t); s.server.Start(t) }, note: "before it went back is in",
	},
	{
		kind: "load-dataset", name: "the way back is moved away", steps: liveLoad,
		do: moves("snapshot.rdb", "elsewhere.rdb"), refused: "no such file", putRight: moves("elsewhere.rdb", "snapshot.rdb"),
	},
	{
		kind: "load-dataset", name: "the server is made a replica", steps: liveLoad,
		do: func(t *testing.T, s *scene) { s.server.Do(t, "REPLICAOF", "127.0.0.2", "1") }, refused: "somebody made it a replica",
		putRight: func(t *testing.T, s *scene) { s.server.Do(t, "REPLICAOF", "NO", "ONE") },
	},
	{
		kind: "build-aof", name: "a file is put into the AOF", steps: `step "build-aof" "it" {
  from = "DIR/backup.rdb"
  to   = "DIR/data/built"
}`,
		do: writes("data/built/more"), note: "built was set aside",
	},
	{
		kind: "rdiff-stage", name: "a file is put where the stage was", steps: increments,
		do: writes("increments.stage/more"), note: "increments.stage was set aside",
	},
	{
		kind: "rdiff-unstage", name: "the stage is a file", steps: increments,
		do: writes("increments.stage"), note: "increments.stage was set aside",
	},
	{
		kind: "rdiff-backup", name: "another increment is made", steps: increments,
		do: func(t *testing.T, s *scene) { s.addIncrement(t) }, stays: "increments",
	},
	{
		kind: "rdiff-prune", name: "the increments are moved away", steps: increments,
		do: moves("increments", "elsewhere"), refused: "nothing brings them back", putRight: moves("elsewhere", "increments"),
	},
	{
		kind: "rdiff-restore", name: "the restored file is written to", first: (*scene).addIncrement, steps: `
step "rdiff-restore" "it" {
  from = "DIR/increments"
  path = "dump.rdb"
  to   = "DIR/restored.rdb"
}`,
		do: writes("restored.rdb"), note: "restored.rdb was set aside",
	},
}

func replacesFile(name string) func(*testing.T, *scene) {
	return func(t *testing.T, s *scene) { t.Helper(); replaceFile(t, filepath.Join(s.server.Dir, name)) }
}

func moves(from, to string) func(*testing.T, *scene) {
	return func(t *testing.T, s *scene) {
		t.Helper()
		if err := os.Rename(filepath.Join(s.server.Dir, from), filepath.Join(s.server.Dir, to)); err != nil {
			t.Fatal(err)
		}
	}
}

// writes adds to a file, in a directory that is made where it is not there.
func writes(name string) func(*testing.T, *scene) {
	return func(t *testing.T, s *scene) {
		t.Helper()
		path := filepath.Join(s.server.Dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		appendTo(t, path, mine)
	}
}

func (s *scene) remove(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(s.server.Dir, name)); err != nil {
		t.Fatal(err)
	}
}

// onOtherMachines are the effects that need another machine; TestUndoPush, TestUndoFetch
// and TestUndoRemoteRename change the world of theirs.
var onOtherMachines = []string{"push", "fetch", "remote-rename"}

// TestUndoOfEachEffectInChangedWorld lets somebody change by hand what each effect of a
// run left, and rolls the run back. Nothing is lost: what is no longer the run's own is
// set aside, left alone or refused, and said.
func TestUndoOfEachEffectInChangedWorld(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range changedEffects {
		seen[c.kind] = true
		t.Run(c.kind+": "+c.name, func(t *testing.T) {
			t.Parallel()
			c.play(t, stage(t, play{aof: c.aof}))
		})
	}
	for _, kind := range effect.Kinds() {
		if !seen[kind] && !slices.Contains(onOtherMachines, kind) {
			t.Errorf("no world is changed for the effect %s", kind)
		}
	}
}

func (c changedEffect) play(t *testing.T, s *scene) {
	if c.first != nil {
		c.first(s, t)
	}
	s.write(t, c.steps)
	c.wantPlanned(t, s)
	if o := s.act(t, "run", peaceful()); o.Status != runbook.StatusDone {
		t.Fatalf("the run is %s: %v", o.Status, o.Cause)
	}
	c.do(t, s)
	before := s.contents(t)
	o := s.act(t, "rollback", peaceful())
	s.losesNothing(t, before)
	if c.refused != "" {
		if left := strings.Join(o.Left, "\n"); o.Status != runbook.StatusIncomplete || !strings.Contains(left, c.refused) {
			t.Fatalf("the roll-back is %s and leaves %q; want %s, %q", o.Status, left, runbook.StatusIncomplete, c.refused)
		}
		if c.putRight != nil {
			c.putRight(t, s)
			o = s.act(t, "rollback", peaceful())
		}
	}
	if c.refused == "" || c.putRight != nil {
		if o.Status != runbook.StatusRolledBack {
			t.Fatalf("the roll-back is %s: %v %q", o.Status, o.Cause, o.Left)
		}
		if got := s.look(t); got.data != s.before.data || got.aof != s.before.aof && c.stays == "" {
			t.Errorf("after the roll-back:\n%s", got.differs(s.before))
		}
	}
	if notes := strings.Join(o.Notes, "\n"); !strings.Contains(notes, c.note) {
		t.Errorf("notes: %q, want %q", notes, c.note)
	}
	if _, err := os.Stat(filepath.Join(s.server.Dir, c.stays)); err != nil {
		t.Error(err)
	}
	s.losesNothing(t, before)
}

// write gives the scene a runbook of these steps.
func (s *scene) write(t *testing.T, steps string) {
	t.Helper()
	s.play.runbook = filepath.Join(s.server.Dir, "steps.hcl")
	source := homeHeader + strings.ReplaceAll(steps, "DIR", s.server.Dir)
	if err := os.WriteFile(s.play.runbook, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
}

// wantPlanned holds that the run is about the effect.
func (c changedEffect) wantPlanned(t *testing.T, s *scene) {
	t.Helper()
	o := s.order("run")
	e, err := o.engine(peaceful(), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _, p, err := o.plan(context.Background(), e)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range p.Steps {
		if slices.ContainsFunc(step.Effects, func(enc effect.Encoded) bool { return enc.Kind == c.kind }) {
			return
		}
	}
	t.Fatalf("no step has the effect %s", c.kind)
}

// addIncrement makes one more increment by another run.
func (s *scene) addIncrement(t *testing.T) {
	t.Helper()
	source := s.play.runbook
	s.write(t, `
step "exec" "until-the-next-second" {
  argv = ["sleep", "1"]
  undo = ["true"]
}
step "rdiff-backup" "it" { to = "DIR/increments" }`)
	state := s.state
	s.state += ".again"
	if o := s.act(t, "run", peaceful()); o.Status != runbook.StatusDone {
		t.Fatalf("another run is %s: %v", o.Status, o.Cause)
	}
	s.play.runbook, s.state = source, state
}
