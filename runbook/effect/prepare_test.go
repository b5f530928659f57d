package effect_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"redbook/runbook/effect"
	"redbook/runbook/host"
)

// What cannot be done is refused before anything is begun, and looking
// changes nothing.
func TestPrepareRefuses(t *testing.T) {
	tests := []struct {
		name   string
		effect effect.Effect
		want   string
	}{
		{"copy of nothing", &effect.Copy{From: "missing", To: "copy"}, "no such file"},
		{"copy of a directory", &effect.Copy{From: "dir", To: "copy"}, "not a regular file"},
		{"copy of a symlink", &effect.Copy{From: "link", To: "copy"}, "not a regular file"},
		{"copy over a file", &effect.Copy{From: "source", To: "other"}, "never overwrites"},
		{"copy over a symlink", &effect.Copy{From: "source", To: "link"}, "never overwrites"},
		{"copy into nothing", &effect.Copy{From: "source", To: "missing/copy"}, "no such file"},
		{"rename of nothing", &effect.Rename{From: "missing", To: "moved"}, "no such file"},
		{"rename over a file", &effect.Rename{From: "source", To: "other"}, "never overwrites"},
		{"rename over a directory", &effect.Rename{From: "source", To: "dir"}, "never overwrites"},
		{"rename to another filesystem", &effect.Rename{From: "source", To: "../../../../../../proc/moved"}, "two filesystems"},
		{"chown of nothing", &effect.SetAttr{Path: "missing"}, "no such file"},
		{"chown of a symlink", &effect.SetAttr{Path: "link"}, "only files and directories"},
		{"edit of nothing", &effect.EditConfig{Config: "missing", Name: "save", Value: "1 1"}, "no such file"},
		{"edit of a password", &effect.EditConfig{Config: "redis.conf", Name: "requirepass", Value: "canary"}, "holds a secret"},
		{"edit of a password, capital", &effect.EditConfig{Config: "redis.conf", Name: "MasterAuth", Value: "canary"}, "holds a secret"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := plant(t)
			must(t, os.Symlink("source", filepath.Join(dir, "link")))
			before := tree(t, dir)
			err := under(t, tt.effect, dir).Prepare(ctx, newMachine(t))
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "canary") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			compareTree(t, before, tree(t, dir))
		})
	}
}

// An edit that lost a race with somebody else changes nothing.
func TestEditOfChangedFile(t *testing.T) {
	dir, m := plant(t), newMachine(t)
	e := under(t, edit("appendonly", "no"), dir)
	must(t, e.Prepare(ctx, m))
	writes("redis.conf", "appendonly yes\n# new\n")(t, dir)
	before := tree(t, dir)
	if err := e.Do(ctx, m); err == nil || !strings.Contains(err.Error(), "plan again") {
		t.Errorf("got %v, want that the file changed", err)
	}
	compareTree(t, before, tree(t, dir))
}

func TestSetAttr(t *testing.T) {
	mode := uint32(0o604)
	tests := []struct {
		name      string
		progress  progress
		meanwhile func(*testing.T, string)
		want      string // mode in the end
		note      string
	}{
		{"never begun", never, nil, "0640", ""},
		{"cut off", cut, nil, "0640", ""},
		{"ended", ended, nil, "0640", ""},
		{"content changed", ended, writes("source", "changed"), "0640", ""},
		{"replaced", ended, replaces("source", "of somebody else"), "0640", "no longer the file"},
		{"removed", ended, removes("source"), "", "no longer the file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, m := plant(t), newMachine(t)
			path := filepath.Join(dir, "source")
			must(t, os.Chmod(path, 0o640))
			e := under(t, &effect.SetAttr{Path: "source", Attr: host.Attr{UID: -1, GID: -1, Mode: &mode}}, dir)
			must(t, e.Prepare(ctx, m))
			e = advance(t, m, e, tt.progress)
			if got := modeOf(path); tt.progress != never && got != "0604" {
				t.Errorf("done, the mode is %s", got)
			}
			if tt.meanwhile != nil {
				tt.meanwhile(t, dir)
			}
			for range 2 {
				notes, err := e.Undo(ctx, m, effect.Undo{Run: run})
				if said := strings.Join(notes, "\n"); err != nil || (said == "") != (tt.note == "") || !strings.Contains(said, tt.note) {
					t.Errorf("undo says %q, %v; want %q", said, err, tt.note)
				}
				if got := modeOf(path); got != tt.want && tt.name != "replaced" {
					t.Errorf("after the undo the mode is %q, want %q", got, tt.want)
				}
			}
		})
	}
}

// modeOf is "" for what is not there.
func modeOf(path string) string {
	var st syscall.Stat_t
	if syscall.Lstat(path, &st) != nil {
		return ""
	}
	return fmt.Sprintf("%04o", st.Mode&0o7777)
}

func TestExecUndo(t *testing.T) {
	m := newMachine(t)
	mark := filepath.Join(t.TempDir(), "mark")
	tests := []struct {
		name     string
		effect   *effect.Exec
		progress progress
		err      string
	}{
		{"never begun", &effect.Exec{Args: []string{"touch", mark}, UndoArgs: []string{"rm", "-f", mark}}, never, ""},
		{"ended", &effect.Exec{Args: []string{"touch", mark}, UndoArgs: []string{"rm", "-f", mark}}, ended, ""},
		{"without undo", &effect.Exec{Args: []string{"true"}}, ended, "names no undo command"},
		{"undo fails", &effect.Exec{Args: []string{"true"}, UndoArgs: []string{"sh", "-c", "echo reason >&2; exit 4"}}, ended, "reason"},
		{"undo is no program", &effect.Exec{Args: []string{"true"}, UndoArgs: []string{"/no/such/program"}}, ended, "no such file"},
	}
	for _, tt := range tests {
		must(t, tt.effect.Prepare(ctx, m))
		e := advance(t, m, tt.effect, tt.progress)
		_, err := e.Undo(ctx, m, effect.Undo{Run: run})
		if (tt.err == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.err)
		}
		if modeOf(mark) != "" {
			t.Errorf("%s: what the command made is still there", tt.name)
		}
	}
}
