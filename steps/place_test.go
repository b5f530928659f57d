package steps_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// A data directory that root's own symlink leads to is one directory under two
// names: the config has the one, the running server answers with the other.
func TestRestoreThroughLink(t *testing.T) {
	m := newMachine(t)
	m.Stop(t)
	elsewhere := m.Data + "-elsewhere"
	if err := os.Rename(m.Data, elsewhere); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, m.Data); err != nil {
		t.Fatal(err)
	}
	m.Start(t)
	before := m.digest(t)
	damage(t, m)
	damaged := m.digest(t)
	l := m.load(t, "restore.hcl", string(read(t, "../runbooks/restore.hcl")), map[string]string{"backup": m.backup})
	o := l.done(t, l.runnable(t))
	if m.digest(t) != before {
		t.Error("the restore brought other data")
	}
	m.rollBack(t, o.Run)
	if m.digest(t) != damaged {
		t.Error("the roll-back brought other data")
	}
}

// An option on the command line overrides the config: what the plan builds and starts goes by it, and
// a config that says otherwise is a disagreement which the plan finds.
func TestRestoreUnderOverride(t *testing.T) {
	m := newMachine(t)
	m.Stop(t)
	command := fmt.Sprintf(`["redis-server", %q, "--appendonly", "yes"]`, m.Conf)
	l := m.load(t, "restore.hcl", string(read(t, "../runbooks/restore.hcl")), map[string]string{"backup": m.backup, "process": command})
	p, err := m.engine.Plan(t.Context(), l.runbook, l.vars)
	if err != nil {
		t.Fatal(err)
	}
	if f := p.Failed(); f == nil || f.Address != "step.verify-dataset.restored" || !strings.Contains(f.Failure, `appendonly of redis.main is "yes"`) {
		t.Errorf("the plan fails at %+v, want the disagreement about appendonly", f)
	}
}
