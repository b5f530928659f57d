package effect_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redbook/internal/redistest"
	"redbook/runbook/effect"
	"redbook/runbook/host"
)

var prompt = redistest.WithConf("repl-diskless-sync-delay 0")

// newLoad makes a server that holds k=v and a snapshot of that, and a dump of k=other.
func newLoad(t *testing.T) (*liveRedis, *effect.LoadDataset) {
	t.Helper()
	r := newRedis(t, prompt)
	dir := t.TempDir()
	e := &effect.LoadDataset{Redis: "main", Path: filepath.Join(dir, "other.rdb"), Snapshot: filepath.Join(dir, "snapshot.rdb")}
	keep := func(path string) {
		r.Do(t, "SAVE")
		content, err := os.ReadFile(filepath.Join(r.Data, "dump.rdb"))
		must(t, err)
		must(t, os.WriteFile(path, content, 0o600))
	}
	r.Do(t, "SET", "k", "other")
	keep(e.Path)
	r.Do(t, "SET", "k", "v")
	keep(e.Snapshot)
	return r, e
}

// orphan leaves the server as a killed load does whose guard was killed with it.
func (r *liveRedis) orphan(t *testing.T) {
	t.Helper()
	for name, value := range host.LoadOptions() {
		r.Do(t, "CONFIG", "SET", name, value)
	}
	r.Do(t, "REPLICAOF", "127.0.0.1", "1")
}

// The undo gives back the old dataset, and a server that is writable, with its options.
func TestUndoLoadDataset(t *testing.T) {
	for _, tt := range []struct {
		name      string
		progress  progress
		meanwhile func(t *testing.T, r *liveRedis)
		kept      string // k in the dump that is set aside; "": none is
	}{
		{"never begun", never, nil, ""},
		{"killed before the swap", never, func(t *testing.T, r *liveRedis) { r.orphan(t) }, ""},
		{"killed before the swap, made writable by the guard", never, func(t *testing.T, r *liveRedis) {
			r.orphan(t)
			r.Do(t, "REPLICAOF", "NO", "ONE")
		}, ""},
		{"killed after the swap", cut, nil, "other"},
		{"killed after the swap, restarted", cut, func(t *testing.T, r *liveRedis) { r.Stop(t); r.Start(t) }, "other"},
		{"ended", ended, nil, "other"},
		{"ended, then written to", ended, func(t *testing.T, r *liveRedis) { r.Do(t, "SET", "k", "later") }, "later"},
		{"ended, then a crash", ended, func(t *testing.T, r *liveRedis) { r.Do(t, "SAVE"); r.Kill(t); r.Start(t) }, "other"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, e := newLoad(t)
			options := map[string]any{}
			for name := range host.LoadOptions() {
				options[name] = r.Do(t, "CONFIG", "GET", name).([]any)[1]
			}
			notes := r.undone(t, e, tt.progress, func() {
				if tt.meanwhile != nil {
					tt.meanwhile(t, r)
				}
			})
			if got := r.Do(t, "GET", "k"); got != "v" {
				t.Errorf("k is %v", got)
			}
			r.Do(t, "SET", "canary", "sings")
			r.Do(t, "DEL", "canary")
			for name, want := range options {
				if got := r.Do(t, "CONFIG", "GET", name).([]any)[1]; got != want {
					t.Errorf("%s is %v, and was %v", name, got, want)
				}
			}
			r.Kill(t)
			r.Start(t)
			if got := r.Do(t, "GET", "k"); got != "v" {
				t.Errorf("after a crash k is %v", got)
			}
			r.wantKept(t, e.Snapshot+".redbook-"+run, notes, tt.kept)
		})
	}
}

// wantKept wants a dump in which k is value, and a note about it.
func (r *liveRedis) wantKept(t *testing.T, path, notes, value string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if value == "" {
		if err == nil || notes != "" {
			t.Errorf("%s is there, with the notes %q", path, notes)
		}
		return
	}
	must(t, err)
	if !strings.Contains(notes, path) {
		t.Errorf("the notes do not tell of %s: %q", path, notes)
	}
	r.Stop(t)
	must(t, os.WriteFile(filepath.Join(r.Data, "dump.rdb"), content, 0o600))
	r.Start(t)
	if got := r.Do(t, "GET", "k"); got != value {
		t.Errorf("k in %s is %v, want %s", path, got, value)
	}
}

// What cannot be told is not guessed, and what others did is not touched.
func TestUndoLoadDatasetRefuses(t *testing.T) {
	r, e := newLoad(t)
	must(t, e.Prepare(ctx, r.m))
	primary := newRedis(t)
	r.Do(t, "REPLICAOF", "127.0.0.1", fmt.Sprint(primary.Port))
	r.awaitLink(t)
	_, err := e.Undo(ctx, r.m, effect.Undo{Run: run})
	if err == nil || !strings.Contains(err.Error(), "somebody made it a replica") {
		t.Errorf("undo on a replica of another server: %v", err)
	}
	r.Do(t, "REPLICAOF", "NO", "ONE")
	_, err = e.Undo(ctx, r.m, effect.Undo{Run: run})
	if err == nil || !strings.Contains(err.Error(), "cannot be told") {
		t.Errorf("undo with another history: %v", err)
	}
}

func (r *liveRedis) awaitLink(t *testing.T) {
	t.Helper()
	for range 3000 {
		if strings.Contains(r.Do(t, "INFO", "replication").(string), "master_link_status:up") {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the replica did not get linked")
}

func TestUndoFetchDump(t *testing.T) {
	for _, tt := range []struct {
		name     string
		progress progress
		change   bool
		left     int // files
	}{
		{"never", never, false, 0},
		{"part", part, false, 0},
		{"cut", cut, false, 1},
		{"ended", ended, false, 0},
		{"ended, changed since", ended, true, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRedis(t, prompt)
			dir := t.TempDir()
			e := &effect.FetchDump{Redis: "main", To: filepath.Join(dir, "x.rdb"), Attr: host.Attr{UID: -1, GID: -1}}
			notes := r.undone(t, e, tt.progress, func() {
				if tt.change {
					must(t, os.WriteFile(e.To, []byte("of somebody else"), 0o600))
				}
			})
			entries, err := os.ReadDir(dir)
			must(t, err)
			if len(entries) != tt.left || tt.left > 0 != strings.Contains(notes, "was set aside") {
				t.Errorf("left: %v, notes: %q", entries, notes)
			}
		})
	}
}
