package effect_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redbook/internal/redistest"
	"redbook/runbook/effect"
	"redbook/runbook/host/local"
)

// rdiffDirs are a source with a file and a repository that is not made yet; their
// names have spaces in them.
func rdiffDirs(t *testing.T) (source, repository string) {
	t.Helper()
	dir := t.TempDir()
	source, repository = filepath.Join(dir, "so urce"), filepath.Join(dir, "repo sitory")
	must(t, os.Mkdir(source, 0o700))
	write(t, filepath.Join(source, "a file"), "first")
	return source, repository
}

// backUp adds an increment and waits until another can have another time.
func backUp(t *testing.T, m *local.Machine, source, repository string) {
	t.Helper()
	e := &effect.RdiffBackup{From: source, To: repository}
	must(t, e.Prepare(ctx, m))
	must(t, e.Do(ctx, m))
	for time.Now().Unix() <= e.After.Time.Unix() {
		time.Sleep(10 * time.Millisecond)
	}
}

// grow appends to a file until the test calls what is returned.
func grow(t *testing.T, path string) (stop func()) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		defer f.Close()
		for {
			select {
			case <-end:
				return
			default:
				_, _ = f.WriteString("more\n")
			}
		}
	}()
	return func() { close(end); <-ended }
}

// The program leaves a file out that grows while it is copied, and ends with 0. That is
// a failure here, and what it made is taken back by itself.
func TestRdiffBackupOfAGrowingFile(t *testing.T) {
	m := newMachine(t)
	source, repository := rdiffDirs(t)
	backUp(t, m, source, repository)
	before := tree(t, repository)["a file"]
	big := filepath.Join(source, "big")
	write(t, big, strings.Repeat("0123456789abcdef", 2<<20))
	stop := grow(t, big)
	e := &effect.RdiffBackup{From: source, To: repository}
	must(t, e.Prepare(ctx, m))
	err := e.Do(ctx, m)
	stop()
	if err == nil || !strings.Contains(err.Error(), "yet warns") || !strings.Contains(err.Error(), "big") {
		t.Fatalf("got %v, want the warning about big", err)
	}
	s, stateErr := effect.RdiffState(m, repository)
	must(t, stateErr)
	if len(s.Increments) != 1 || s.Interrupted() || tree(t, repository)["a file"] != before {
		t.Errorf("the repository holds %v, want the first increment alone", s.Times())
	}
	if notes, err := reread(t, e).Undo(ctx, m, effect.Undo{Run: run}); err != nil || len(notes) > 0 {
		t.Errorf("undo: %q, %v", notes, err)
	}
}

// A repository that this run began and did not verify is set aside whole.
func TestRdiffFirstBackupFails(t *testing.T) {
	m := newMachine(t)
	source, repository := rdiffDirs(t)
	big := filepath.Join(source, "big")
	write(t, big, strings.Repeat("0123456789abcdef", 2<<20))
	stop := grow(t, big)
	e := &effect.RdiffBackup{From: source, To: repository}
	must(t, e.Prepare(ctx, m))
	err := e.Do(ctx, m)
	stop()
	if err == nil {
		t.Fatal("a backup without one of its files succeeds")
	}
	notes, err := reread(t, e).Undo(ctx, m, effect.Undo{Run: run})
	must(t, err)
	if len(notes) != 1 || !strings.Contains(notes[0], repository+aside) {
		t.Errorf("notes %q", notes)
	}
	if _, err := os.Stat(repository); !os.IsNotExist(err) {
		t.Errorf("the repository is still there: %v", err)
	}
}

// A backup that is cut off half way is regressed by its undo, and by the next backup
// where nobody undid it.
func TestRdiffBackupCutOff(t *testing.T) {
	for name, heal := range map[string]func(t *testing.T, m *local.Machine, e *effect.RdiffBackup){
		"undone": func(t *testing.T, m *local.Machine, e *effect.RdiffBackup) {
			notes, err := reread(t, e).Undo(ctx, m, effect.Undo{Run: run})
			if err != nil || len(notes) > 0 {
				t.Errorf("undo: %q, %v", notes, err)
			}
			s, err := effect.RdiffState(m, e.To)
			must(t, err)
			if s.Interrupted() || len(s.Increments) != 1 {
				t.Errorf("after the undo: interrupted %t, increments %v", s.Interrupted(), s.Times())
			}
		},
		"backed up again": func(t *testing.T, m *local.Machine, e *effect.RdiffBackup) {
			next := &effect.RdiffBackup{From: e.From, To: e.To}
			must(t, next.Prepare(ctx, m))
			must(t, next.Do(ctx, m))
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			source, repository := rdiffDirs(t)
			backUp(t, m, source, repository)
			write(t, filepath.Join(source, "a file"), "second")
			write(t, filepath.Join(source, "big"), strings.Repeat("0123456789abcdef", 4<<20))
			e := &effect.RdiffBackup{From: source, To: repository}
			must(t, e.Prepare(ctx, m))
			cutOff(t, m, e)
			heal(t, m, e)
		})
	}
}

// cutOff does a backup and kills its program as soon as its session has begun.
func cutOff(t *testing.T, m *local.Machine, e *effect.RdiffBackup) {
	t.Helper()
	inside, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- e.Do(inside, m) }()
	for begun := false; !begun; {
		select {
		case err := <-done:
			t.Fatalf("the backup ended before it could be cut off: %v", err)
		case <-time.After(time.Millisecond):
			s, err := effect.RdiffState(m, e.To)
			begun = err == nil && s.Interrupted()
		}
	}
	cancel()
	if err := <-done; err == nil {
		t.Fatal("a backup that was killed succeeds")
	}
	e.After = nil
}

// The undo of a stage takes away copies, also half ones of files that grew since, and
// nothing else.
func TestRdiffStageUndo(t *testing.T) {
	r := newRedis(t, redistest.WithAOF())
	r.Do(t, "SAVE")
	stage := filepath.Join(t.TempDir(), "sta ge")
	stageIt := func() *effect.RdiffStage {
		e := &effect.RdiffStage{Redis: "main", Stage: stage}
		must(t, e.Prepare(ctx, r.m))
		must(t, e.Do(ctx, r.m))
		return e
	}
	undo := func(e effect.Effect) []string {
		t.Helper()
		notes, err := reread(t, e).Undo(ctx, r.m, effect.Undo{Run: run})
		must(t, err)
		if _, err := os.Stat(stage); !os.IsNotExist(err) {
			t.Errorf("the stage is still there: %v", err)
		}
		return notes
	}
	e := stageIt()
	if len(e.Before.Files) != 5 { // dump, manifest, base, incr, redis.conf
		t.Errorf("staged are %v", e.Before.Files)
	}
	if notes := undo(e); len(notes) > 0 {
		t.Errorf("ended: notes %q", notes)
	}
	e = stageIt()
	e.After = nil // cut off before it was noted
	r.Do(t, "SET", "more", "of it")
	if notes := undo(e); len(notes) > 0 {
		t.Errorf("cut off: notes %q", notes)
	}
	e = stageIt()
	write(t, filepath.Join(stage, "notes"), "somebody's own")
	if notes := undo(e); len(notes) != 1 || !strings.Contains(notes[0], stage+aside) {
		t.Errorf("with a foreign file: notes %q", notes)
	}
	if got := tree(t, stage+aside)["notes"]; got != "somebody's own" {
		t.Errorf("the foreign file holds %q", got)
	}
}
