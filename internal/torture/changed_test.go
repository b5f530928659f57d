package torture

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"redbook/runbook"
)

// A changeByHand is what somebody does by hand while a restore stands still after a
// failure, and what its roll-back then makes of it.
type changeByHand struct {
	name string
	at   string // the moment at which the restore fails
	do   func(t *testing.T, s *scene)
	// refused: the roll-back says this and does nothing before it is put right.
	refused  string
	putRight func(t *testing.T, s *scene)
	note     string            // in the notes of the roll-back that ends
	config   func(string) bool // what must be true of redis.conf; nil: it is as before
}

const mine = "written by hand"

var changesByHand = []changeByHand{
	{
		name: "the server is stopped", at: "after start",
		do: func(t *testing.T, s *scene) { s.server.Stop(t) },
	},
	{
		name: "the server is killed", at: "after start",
		do: func(t *testing.T, s *scene) { s.server.Kill(t) },
	},
	{
		name: "the server is stopped and started", at: "after start",
		do: func(t *testing.T, s *scene) { s.server.Stop(t); s.server.Start(t) },
	},
	{
		name: "the server is started on the restored dump", at: "after rename",
		do:      func(t *testing.T, s *scene) { s.server.Start(t) },
		refused: "was started by somebody else", putRight: func(t *testing.T, s *scene) { s.server.Stop(t) },
	},
	{
		name: "a key is written", at: "after start",
		do:   func(t *testing.T, s *scene) { s.server.Do(t, "SET", "key", mine) },
		note: "dump.rdb was set aside",
	},
	{
		name: "CONFIG REWRITE", at: "after start",
		do: func(t *testing.T, s *scene) {
			s.server.Do(t, "CONFIG", "SET", "maxmemory", "123456789")
			s.server.Do(t, "CONFIG", "REWRITE")
		},
		config: func(c string) bool { return strings.Contains(c, "maxmemory 123456789") },
	},
	{
		name: "redis.conf is edited", at: "after start",
		do:     func(t *testing.T, s *scene) { appendTo(t, s.server.Conf, "# "+mine+"\n") },
		config: func(c string) bool { return strings.HasSuffix(c, "# "+mine+"\n") },
	},
	{
		name: "the dump is replaced", at: "after rename",
		do: func(t *testing.T, s *scene) { replaceFile(t, filepath.Join(s.server.Data, "dump.rdb")) },
	},
	{
		name: "the old dump is replaced", at: "after rename",
		do:      func(t *testing.T, s *scene) { replaceFile(t, filepath.Join(s.server.Data, "dump.rdb.old")) },
		refused: "does not hold what was",
	},
	{
		name: "an AOF directory is put in place", at: "after rename",
		do: func(t *testing.T, s *scene) {
			dir := filepath.Join(s.server.Data, "appendonlydir")
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			appendTo(t, filepath.Join(dir, "file"), mine)
		},
		note: "appendonlydir was set aside",
	},
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func replaceFile(t *testing.T, path string) {
	t.Helper()
	appendTo(t, path+".new", mine) // another inode, since the old one is still there
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// TestUndoInChangedWorld makes a restore fail and stop there, lets somebody
// change the server or its files by hand, and rolls back. The roll-back refuses
// or sets aside, says which, and nothing is lost.
func TestUndoInChangedWorld(t *testing.T) {
	for _, aof := range []bool{false, true} {
		for _, c := range changesByHand {
			if !aof && strings.Contains(c.name, "AOF") {
				continue
			}
			t.Run(fmt.Sprintf("%s, aof=%v", c.name, aof), func(t *testing.T) {
				t.Parallel()
				c.play(t, stage(t, play{"restore.hcl", aof}))
			})
		}
	}
}

func (c changeByHand) play(t *testing.T, s *scene) {
	s.stopOnFailure(t)
	if o := s.act(t, "run", s.failsAt(c.at)); o.Status != runbook.StatusPaused {
		t.Fatalf("the run is %s, want %s: %v", o.Status, runbook.StatusPaused, o.Cause)
	}
	c.do(t, s)
	before := s.contents(t)
	o := s.act(t, "rollback", peaceful())
	if c.refused != "" {
		if o.Status != runbook.StatusIncomplete || !strings.Contains(strings.Join(o.Left, "\n"), c.refused) {
			t.Fatalf("the roll-back is %s and leaves %q; want %s, %q", o.Status, o.Left, runbook.StatusIncomplete, c.refused)
		}
	}
	s.losesNothing(t, before)
	if c.refused != "" && c.putRight == nil {
		return
	}
	if c.putRight != nil {
		c.putRight(t, s)
		o = s.act(t, "rollback", peaceful())
	}
	if o.Status != runbook.StatusRolledBack {
		t.Fatalf("the roll-back is %s: %v %q", o.Status, o.Cause, o.Left)
	}
	if !strings.Contains(strings.Join(o.Notes, "\n"), c.note) {
		t.Errorf("notes: %q, want %q", o.Notes, c.note)
	}
	got := s.look(t)
	if c.config != nil {
		if !c.config(got.config) {
			t.Errorf("redis.conf is\n%s", got.config)
		}
		got.config = s.before.config
	}
	if diff := got.differs(s.before); diff != "" {
		t.Errorf("after the roll-back:\n%s notes: %q", diff, o.Notes)
	}
}

var stepHead = regexp.MustCompile(`(?m)^step ".*" \{`)

const stopsOnFailure = "restore.hcl"

// stopOnFailure gives the scene a restore that stands still when a step fails.
func (s *scene) stopOnFailure(t *testing.T) {
	t.Helper()
	source, err := os.ReadFile(s.order("run").Runbook)
	if err != nil {
		t.Fatal(err)
	}
	source = stepHead.ReplaceAllFunc(source, func(head []byte) []byte {
		return slices.Concat(head, []byte("\n  on_failure = \"stop\"\n"))
	})
	s.play.runbook = filepath.Join(s.server.Dir, stopsOnFailure)
	if err := os.WriteFile(s.play.runbook, source, 0o600); err != nil {
		t.Fatal(err)
	}
}

// failsAt is a machine that fails at the last moment of a kind before the server
// serves again: after the dump was renamed into place, or after the start.
func (s *scene) failsAt(moment string) *saboteur {
	skip := 0
	if moment == "after rename" {
		if skip = 1; s.play.aof {
			skip = 2
		}
	}
	sabotage := peaceful()
	sabotage.after = func(what string) error {
		if "after "+what != moment {
			return nil
		}
		if skip--; skip == -1 {
			return unix.EIO
		}
		return nil
	}
	return sabotage
}

// contents are the contents of all files that somebody may miss: those with the
// words written by hand, and the dumps.
func (s *scene) contents(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(s.server.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.HasPrefix(d.Name(), "temp-") || path == s.server.Conf {
			return err
		}
		content, err := os.ReadFile(path)
		found[string(content)] = path
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// losesNothing holds that each content written by hand is still somewhere.
func (s *scene) losesNothing(t *testing.T, before map[string]string) {
	t.Helper()
	now := s.contents(t)
	for content, path := range before {
		if _, there := now[content]; !there && strings.Contains(content, mine) && !strings.Contains(path, "appendonly.aof") {
			t.Errorf("what was in %s is gone", path)
		}
	}
}
