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
