package steps_test

import (
	"path/filepath"
	"strings"
	"testing"

	"redbook/runbook"
)

func TestRenameExample(t *testing.T) {
	scenario{
		path: "rename.hcl",
		prepare: func(t *testing.T, m *machine) {
			write(t, m.dump()+".kept", []byte("older"))
			write(t, m.dump()+".kept.1", []byte("oldest"))
		},
		ran: func(t *testing.T, m *machine, o *runbook.Outcome) {
			if got := m.outputs(t, o.Run, "step.rename.keep")["path"]; got != m.dump()+".kept" {
				t.Errorf("path = %v", got)
			}
			for name, want := range map[string]string{".kept.1": "older", ".kept.2": "oldest"} {
				if got := string(read(t, m.dump()+name)); got != want {
					t.Errorf("dump.rdb%s holds %q, want %q", name, got, want)
				}
			}
		},
		back: func(t *testing.T, m *machine, _ *runbook.Outcome) {
			for name, want := range map[string]string{".kept": "older", ".kept.1": "oldest"} {
				if got := string(read(t, m.dump()+name)); got != want {
					t.Errorf("after the roll-back dump.rdb%s holds %q, want %q", name, got, want)
				}
			}
		},
	}.test(t)
}

func TestRenameArguments(t *testing.T) {
	testArguments(t, "rename", []argumentCase{
		{`from = "/a"
		  to = "/b"`, ""},
		{`from = "/a"
		  to = "/b"
		  if_exists = "rotate"`, ""},
		{`from = "/a"
		  to = "/b"
		  if_exists = "overwrite"`, "overwrite"},
		{`from = "a"
		  to = "/b"`, "give an absolute path"},
		{`from = "/a"
		  to = ""`, "is empty"},
		{`from = "/a"
		  to = "/c/../b"`, `write it as "/b"`},
		{`from = "/a"
		  to = "/a"`, "same path"},
		{`from = "/a"`, "to"},
	})
}

func TestRename(t *testing.T) {
	m := newMachine(t)
	dir := m.backups
	for _, name := range []string{"a", "b"} {
		write(t, filepath.Join(dir, name), []byte(name))
	}
	step := func(from, to, more string) string {
		return `step "rename" "x" {
  from = "` + filepath.Join(dir, from) + `"
  to = "` + filepath.Join(dir, to) + `"
  ` + more + `
}`
	}
	m.fails(t, step("missing", "c", ""), "step.rename.x", "no such file")
	m.fails(t, step("a", "b", ""), "step.rename.x", "never overwrites")
	m.fails(t, step("a", "nowhere/c", ""), "step.rename.x", "no such file")
	m.fails(t, strings.Replace(step("a", "c", ""), filepath.Join(dir, "c"), "/proc/c", 1), "step.rename.x", "two filesystems")

	l := m.steps(t, step("a", "b", `if_exists = "rotate"`))
	o := l.done(t, l.runnable(t))
	if got := string(read(t, filepath.Join(dir, "b"))) + string(read(t, filepath.Join(dir, "b.1"))); got != "ab" {
		t.Errorf("b and b.1 hold %q, want a and b", got)
	}
	m.rollBack(t, o.Run)
	if got := string(read(t, filepath.Join(dir, "a"))) + string(read(t, filepath.Join(dir, "b"))); got != "ab" {
		t.Errorf("after the roll-back a and b hold %q", got)
	}
}
