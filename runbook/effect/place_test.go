package effect_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redbook/runbook/effect"
)

// A server whose config names another directory since, or another dump, is not started by
// an undo: it would come up with other data.
func TestUndoStopOfMovedServer(t *testing.T) {
	r := newRedis(t)
	e := &effect.Stop{Redis: "main"}
	must(t, e.Prepare(ctx, r.m))
	must(t, e.Do(ctx, r.m))
	conf, err := os.ReadFile(r.Conf)
	must(t, err)
	elsewhere := filepath.Join(r.Dir, "elsewhere")
	must(t, os.Mkdir(elsewhere, 0o755))
	for line, want := range map[string]string{"dir " + elsewhere: elsewhere, "dbfilename other.rdb": "other.rdb"} {
		write(t, r.Conf, string(conf)+line+"\n")
		_, err = reread(t, e).Undo(ctx, r.m, effect.Undo{Run: run})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "make it as it was") {
			t.Errorf("%s: got %v", line, err)
		}
		if r.PID() != 0 {
			t.Fatal("it was started")
		}
	}
	linked := filepath.Join(r.Dir, "linked")
	must(t, os.Symlink(r.Data, linked))
	write(t, r.Conf, string(conf)+"dir "+linked+"\n")
	_, err = reread(t, e).Undo(ctx, r.m, effect.Undo{Run: run})
	must(t, err)
	if got := r.Do(t, "GET", "k"); got != "v" {
		t.Errorf("k is %v", got)
	}
}
