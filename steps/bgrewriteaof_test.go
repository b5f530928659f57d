package steps_test

import (
	"path/filepath"
	"slices"
	"testing"

	"redbook/internal/redistest"
)

func TestBgrewriteaofExample(t *testing.T) { scenario{path: "bgrewriteaof.hcl"}.test(t) }

func TestBgrewriteaofArguments(t *testing.T) {
	testArguments(t, "bgrewriteaof", []argumentCase{
		{"", ""},
		{"background = true", "background"},
	})
}

func TestBgrewriteaof(t *testing.T) {
	m := newMachine(t, redistest.WithAOF())
	before := entries(t, filepath.Join(m.Data, "appendonlydir"))
	l := m.steps(t, `step "bgrewriteaof" "now" {}`)
	o := l.done(t, l.runnable(t))
	after := entries(t, filepath.Join(m.Data, "appendonlydir"))
	if slices.Equal(before, after) {
		t.Errorf("the AOF is still %q", after)
	}
	back, err := m.engine.Undoable(o.Run, "")
	if err != nil || len(back) != 1 {
		t.Errorf("a roll-back would take back %v, %v", back, err)
	}
	m.rollBack(t, o.Run)
	if now := entries(t, filepath.Join(m.Data, "appendonlydir")); !slices.Equal(now, after) {
		t.Errorf("the roll-back left the AOF as %q, want %q", now, after)
	}

	m.Stop(t)
	m.fails(t, `step "bgrewriteaof" "now" {}`, "step.bgrewriteaof.now", "start it first")
}
