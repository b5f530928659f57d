package steps_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"redbook/runbook"
)

func TestCopyExample(t *testing.T) {
	scenario{
		path:  "copy.hcl",
		given: func(m *machine) map[string]string { return map[string]string{"directory": m.backups} },
		ran: func(t *testing.T, m *machine, o *runbook.Outcome) {
			out := m.outputs(t, o.Run, "step.copy.dump")
			content := read(t, out["path"].(string))
			sum := sha256.Sum256(content)
			if out["sha256"] != hex.EncodeToString(sum[:]) || out["size"] != float64(len(content)) {
				t.Errorf("outputs %v, want those of a file of %d bytes, %x", out, len(content), sum)
			}
			if !bytes.Equal(content, read(t, m.dump())) {
				t.Error("the copy is not the dump")
			}
		},
		back: func(t *testing.T, m *machine, _ *runbook.Outcome) {
			if names := entries(t, m.backups); len(names) != 1 {
				t.Errorf("after the roll-back the backups are %q, want backup.rdb alone", names)
			}
		},
	}.test(t)
}

func entries(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

func TestCopyArguments(t *testing.T) {
	testArguments(t, "copy", []argumentCase{
		{`from = "/a"
		  to = "/b"
		  owner = "redis"
		  group = "redis"
		  mode = "0660"`, ""},
		{`from = "/a"
		  to = "b"`, "give an absolute path"},
		{`from = "/a"
		  to = "/a"`, "same path"},
		{`from = "/a"
		  to = "/b"
		  mode = "rw"`, "permissions in octal"},
		{`from = "/a"
		  to = "/b"
		  mode = "4755"`, "permissions in octal"},
		{`to = "/b"`, "from"},
	})
}

func TestCopy(t *testing.T) {
	m := newMachine(t)
	source, target := filepath.Join(m.backups, "source"), filepath.Join(m.backups, "target")
	write(t, source, []byte("content"))
	if err := os.Chmod(source, 0o604); err != nil {
		t.Fatal(err)
	}
	step := func(from, to, more string) string {
		return `step "copy" "x" {
  from = "` + from + `"
  to   = "` + to + `"
  ` + more + `
}`
	}
	m.fails(t, step(source+"x", target, ""), "step.copy.x", "no such file")
	m.fails(t, step(source, m.backup, ""), "step.copy.x", "never overwrites")
	m.fails(t, step(m.Data, target, ""), "step.copy.x", "not a regular file")
	m.fails(t, step(source, target, `owner = "no-such-user"`), "step.copy.x", "no-such-user")

	for more, mode := range map[string]os.FileMode{"": 0o604, `mode = "0640"`: 0o640} {
		l := m.steps(t, step(source, target, more))
		o := l.done(t, l.runnable(t))
		info, err := os.Stat(target)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != mode || string(read(t, target)) != "content" {
			t.Errorf("%q: mode %v, content %q; want %v, %q", more, info.Mode(), read(t, target), mode, "content")
		}
		m.rollBack(t, o.Run)
		if exists(t, target) {
			t.Errorf("%q: the copy outlives the roll-back", more)
		}
	}
}
