package effect_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"redbook/internal/redistest"
	"redbook/runbook/effect"
	"redbook/runbook/host"
	"redbook/runbook/host/local"
)

// A liveRedis is a real server and what its effects work through.
type liveRedis struct {
	*redistest.Server
	m *local.Machine
}

func newRedis(t *testing.T, options ...redistest.Option) *liveRedis {
	t.Helper()
	s := redistest.New(t, options...)
	s.Start(t)
	s.Do(t, "SET", "k", "v")
	return &liveRedis{s, newMachine(t, host.ServerConfig{
		Name: "main", Address: "unix://" + s.Socket, Process: &host.Process{Command: []string{"redis-server", s.Conf}},
	})}
}

// undone prepares an effect, does it as far as p says, lets something happen,
// and takes it back twice.
func (r *liveRedis) undone(t *testing.T, e effect.Effect, p progress, meanwhile func()) (notes string) {
	t.Helper()
	must(t, e.Prepare(ctx, r.m))
	e = advance(t, r.m, e, p)
	if meanwhile != nil {
		meanwhile()
	}
	list, err := e.Undo(ctx, r.m, effect.Undo{Run: run})
	must(t, err)
	_, err = reread(t, e).Undo(ctx, r.m, effect.Undo{Run: run})
	must(t, err)
	return strings.Join(list, "\n")
}

// TestStopAndStart goes through both effects on one server: undo gives back the
// state before, whatever happened meanwhile.
func TestStopAndStart(t *testing.T) {
	r := newRedis(t)
	down := func() { r.Kill(t) }
	up := func() { r.Start(t) }
	signal := func() { must(t, syscall.Kill(r.PID(), syscall.SIGTERM)) }
	for _, tt := range []struct {
		name      string
		effect    func() effect.Effect
		runs      bool // before, and so after the undo
		progress  progress
		meanwhile func()
	}{
		{"stop never begun", newStop, true, never, nil},
		{"stop cut off", newStop, true, cut, nil},
		{"stop cut off before the server acts on it", newStop, true, never, signal},
		{"stop ended", newStop, true, ended, nil},
		{"stopped and started by somebody", newStop, true, ended, up},
		{"died instead of a stop", newStop, true, never, down},
		{"stop of a server that is down", newStop, false, ended, nil},
		{"start never begun", newStart, false, never, nil},
		{"start cut off", newStart, false, cut, nil},
		{"start ended", newStart, false, ended, nil},
		{"started and died", newStart, false, ended, down},
		{"start of a server that serves", newStart, true, never, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			switch serves := r.Serving(); {
			case tt.runs && !serves:
				r.Start(t)
			case !tt.runs && serves:
				r.Do(t, "SAVE")
				r.Stop(t)
			}
			if tt.runs {
				r.Do(t, "SAVE")
			}
			r.undone(t, tt.effect(), tt.progress, tt.meanwhile)
			if got := r.PID() != 0; got != tt.runs {
				t.Fatalf("after the undo it runs: %t, want %t", got, tt.runs)
			}
			if tt.runs && r.Do(t, "GET", "k") != "v" {
				t.Error("its data is gone")
			}
		})
	}
}

func newStop() effect.Effect  { return &effect.Stop{Redis: "main"} }
func newStart() effect.Effect { return &effect.Start{Redis: "main"} }

func TestSetOption(t *testing.T) {
	r := newRedis(t)
	value := func() string { return r.Do(t, "CONFIG", "GET", "maxmemory-samples").([]any)[1].(string) }
	set := func() effect.Effect { return &effect.SetOption{Redis: "main", Name: "maxmemory-samples", Value: "7"} }
	for _, p := range []progress{never, cut, ended} {
		if notes := r.undone(t, set(), p, nil); value() != "5" || notes != "" {
			t.Errorf("progress %d: after the undo it is %s, notes %q; want 5", p, value(), notes)
		}
	}
	notes := r.undone(t, set(), ended, func() { r.Do(t, "CONFIG", "SET", "maxmemory-samples", 9) })
	if value() != "9" || !strings.Contains(notes, `stays "9"`) {
		t.Errorf("changed by somebody else it is %s, notes %q; want 9, and a note", value(), notes)
	}
	if err := (&effect.SetOption{Redis: "main", Name: "no-such-option", Value: "1"}).Prepare(ctx, r.m); err == nil {
		t.Error("an unknown option is accepted")
	}

	aof := filepath.Join(r.Data, "appendonlydir")
	notes = r.undone(t, &effect.SetOption{Redis: "main", Name: "appendonly", Value: "yes"}, ended, nil)
	if _, err := os.Stat(aof); err == nil || !strings.Contains(notes, aof+aside) {
		t.Errorf("the new AOF stays at its place (%v), notes %q", err, notes)
	}
	r.undone(t, set(), ended, func() { r.Stop(t) }) // it reads its config at the next start
}

// A server that was started since without its AOF, and without all that is in it, must not
// write that anew.
func TestUndoSetOptionKeepsAOF(t *testing.T) {
	r := newRedis(t, redistest.WithAOF(), redistest.WithoutSave())
	e := &effect.SetOption{Redis: "main", Name: "appendonly", Value: "no"}
	must(t, e.Prepare(ctx, r.m))
	must(t, e.Do(ctx, r.m))
	on, err := os.ReadFile(r.Conf)
	must(t, err)
	r.Stop(t)
	write(t, r.Conf, strings.Replace(string(on), "appendonly yes", "appendonly no", 1))
	r.Start(t)
	_, err = reread(t, e).Undo(ctx, r.m, effect.Undo{Run: run})
	if err == nil || !strings.Contains(err.Error(), "appendonlydir; stop it, start it") {
		t.Fatalf("undo: %v", err)
	}
	write(t, r.Conf, string(on))
	r.Stop(t)
	r.Start(t)
	_, err = reread(t, e).Undo(ctx, r.m, effect.Undo{Run: run})
	must(t, err)
	if got := r.Do(t, "GET", "k"); got != "v" {
		t.Errorf("k is %v", got)
	}
}

func TestSaveAndRewrite(t *testing.T) {
	r := newRedis(t, redistest.WithAOF())
	for _, background := range []bool{true, false} {
		r.Do(t, "SET", "unsaved", "yes")
		if notes := r.undone(t, &effect.Save{Redis: "main", Background: background}, ended, nil); notes != "" {
			t.Errorf("save: notes %q, want none", notes)
		}
		if changes, err := r.Client(t).InfoMap(ctx, "persistence").Result(); err != nil || changes["Persistence"]["rdb_changes_since_last_save"] != "0" {
			t.Errorf("background %t: unsaved changes %v, %v", background, changes, err)
		}
	}
	if notes := r.undone(t, &effect.RewriteAOF{Redis: "main"}, ended, nil); notes != "" {
		t.Errorf("rewrite: notes %q, want none", notes)
	}
	r.Stop(t)
	for _, e := range []effect.Effect{&effect.Save{Redis: "main"}, &effect.RewriteAOF{Redis: "main"}} {
		if err := e.Prepare(ctx, r.m); err == nil || !strings.Contains(err.Error(), "start it first") {
			t.Errorf("%s of a server that is down: %v", e.Kind(), err)
		}
	}
	for _, e := range []effect.Effect{&effect.Save{Redis: "other"}, &effect.Stop{Redis: "other"}, &effect.SetOption{Redis: "other"}} {
		if err := e.Prepare(ctx, r.m); err == nil || !strings.Contains(err.Error(), "no redis block of this name") {
			t.Errorf("%s of an unknown server: %v", e.Kind(), err)
		}
	}
}
