package steps_test

import (
	"fmt"
	"os"
	"syscall"
	"testing"

	"redbook/runbook"
)

func TestChownExample(t *testing.T) {
	scenario{
		path: "chown.hcl",
		ran: func(t *testing.T, m *machine, _ *runbook.Outcome) {
			want := fmt.Sprintf("%d:%d 0660", os.Geteuid(), os.Getegid())
			if got := attributes(t, m.dump()); got != want {
				t.Errorf("the dump is %s, want %s", got, want)
			}
		},
		back: func(t *testing.T, m *machine, _ *runbook.Outcome) {
			want := fmt.Sprintf("%d:%d 0644", os.Geteuid(), os.Getegid())
			if got := attributes(t, m.dump()); got != want {
				t.Errorf("after the roll-back the dump is %s, want %s", got, want)
			}
		},
	}.test(t)
}

func attributes(t *testing.T, path string) string {
	t.Helper()
	var st syscall.Stat_t
	if err := syscall.Lstat(path, &st); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d:%d %04o", st.Uid, st.Gid, st.Mode&0o7777)
}

func TestChownArguments(t *testing.T) {
	testArguments(t, "chown", []argumentCase{
		{`path = "/a"
		  owner = "redis"`, ""},
		{`path = "/a"
		  mode = "0660"`, ""},
		{`path = "/a"`, "give at least one of them"},
		{`path = "a"
		  owner = "redis"`, "give an absolute path"},
		{`path = "/a"
		  mode = "660x"`, "permissions in octal"},
		{`path = "/a"
		  mode = "6755"`, "permissions in octal"},
	})
}

func TestChown(t *testing.T) {
	m := newMachine(t)
	link := m.backup + ".link"
	if err := os.Symlink("/etc/passwd", link); err != nil {
		t.Fatal(err)
	}
	step := func(path string) string {
		return `step "chown" "x" {
  path = "` + path + `"
  mode = "0600"
}`
	}
	m.fails(t, step(m.backup+"x"), "step.chown.x", "no such file")
	m.fails(t, step(link), "step.chown.x", "only files and directories")

	for _, path := range []string{m.backup, m.backups} {
		before := attributes(t, path)
		l := m.steps(t, step(path))
		o := l.done(t, l.runnable(t))
		if got, want := attributes(t, path), fmt.Sprintf("%d:%d 0600", os.Geteuid(), os.Getegid()); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
		m.rollBack(t, o.Run)
		if got := attributes(t, path); got != before {
			t.Errorf("after the roll-back %s is %s, want %s", path, got, before)
		}
	}
}
