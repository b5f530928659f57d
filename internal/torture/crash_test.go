package torture

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"redbook/internal/redistest"
	"redbook/runbook"
)

// TestCrashAnywhere kills a run at every moment, then resumes it or rolls it
// back. After resume the server holds what a run that was left alone gives;
// after roll-back everything is as before.
func TestCrashAnywhere(t *testing.T) {
	for _, p := range slices.Concat(plays, transfers) {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			alone := stage(t, p)
			moments, _ := alone.order("run").obeyed(t, filepath.Join(alone.server.Dir, "moments"))
			want := alone.look(t)
			points := 0
			t.Run("points", func(t *testing.T) {
				for n := 1; n <= len(moments); n++ {
					for i, verb := range []string{"resume", "rollback"} {
						for j, torn := range []bool{false, true} {
							if (4*n+2*i+j)%stride != 0 || torn && n == 1 {
								continue
							}
							points++
							t.Run(fmt.Sprintf("%s at %d %s torn=%v", verb, n, moments[n-1], torn), func(t *testing.T) {
								t.Parallel()
								crash(t, p, n, verb, torn, want)
							})
						}
					}
				}
			})
			t.Logf("%s: %d moments, %d points attacked", p, len(moments), points)
		})
	}
}

// crash kills one run at moment n and mends it by verb. With torn, the last line
// of the journal was cut off in the middle of its append.
func crash(t *testing.T, p play, n int, verb string, torn bool, want picture) {
	s := stage(t, p)
	o := s.order("run")
	o.Kill = n
	moments, killed := o.obeyed(t, filepath.Join(s.server.Dir, "moments"))
	if !killed {
		t.Fatalf("the run ended after %d moments, before number %d", len(moments), n)
	}
	if torn && !s.tearJournal(t, moments[n-1]) {
		return // nothing was being appended at this moment
	}
	if verb == "resume" && moments[n-1] == "journal end" && !torn {
		s.refusesResume(t, want)
		return
	}
	if verb == "rollback" {
		s.servesOneOf(t, s.before.data, want.data) // a resume finds the server as the kill left it
		want = s.before
	}
	s.order(verb).obeyed(t, filepath.Join(s.server.Dir, "mended"))
	if diff := s.look(t).differs(want); diff != "" {
		t.Errorf("after %s:\n%s", verb, diff)
	}
	s.survivesCrash(t, want)
}

// servesOneOf holds that a killed live load leaves the server, of itself, writable
// and with exactly the one dataset or the other.
func (s *scene) servesOneOf(t *testing.T, datasets ...string) {
	t.Helper()
	if s.play.runbook != restoreLive {
		return
	}
	for deadline := time.Now().Add(time.Minute); s.role(t) != "master"; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a minute after the kill the server is a replica still")
		}
	}
	if got := redistest.Digest(t, s.server.Client(t)); !slices.Contains(datasets, got) {
		t.Errorf("after the kill the server holds %s, which is none of %s", got, datasets)
	}
}

// survivesCrash holds that a live load, or its undo, is on disk when the run ends.
func (s *scene) survivesCrash(t *testing.T, want picture) {
	t.Helper()
	if s.play.runbook != restoreLive {
		return
	}
	s.server.Kill(t)
	s.server.Start(t)
	if diff := s.look(t).differs(want); diff != "" {
		t.Errorf("after a crash of the server:\n%s", diff)
	}
}

// refusesResume holds that a run which wrote its end cannot be resumed, and that
// trying changes nothing.
func (s *scene) refusesResume(t *testing.T, want picture) {
	t.Helper()
	o := s.order("resume")
	e, err := o.engine(peaceful(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var refused *runbook.RefusedError
	if _, err := o.obey(context.Background(), e); !errors.As(err, &refused) {
		t.Errorf("resume of a run that is done: %v, want a RefusedError", err)
	}
	if diff := s.look(t).differs(want); diff != "" {
		t.Error(diff)
	}
}

// tearJournal cuts the last line of the newest journal in half, if the moment
// was right after its append and it was not the first.
func (s *scene) tearJournal(t *testing.T, moment string) bool {
	t.Helper()
	journals, err := filepath.Glob(filepath.Join(s.state, "runs", "*", "journal.jsonl"))
	if err != nil || len(journals) != 1 {
		t.Fatalf("journals: %v %v", journals, err)
	}
	content, err := os.ReadFile(journals[0])
	if err != nil {
		t.Fatal(err)
	}
	last := lastLine(content)
	if len(moment) < 7 || moment[:7] != "journal" || last == 0 {
		return false
	}
	if err := os.Truncate(journals[0], int64((last+len(content))/2)); err != nil {
		t.Fatal(err)
	}
	return true
}

// lastLine is the offset at which the last line begins.
func lastLine(content []byte) int {
	for i := len(content) - 2; i >= 0; i-- {
		if content[i] == '\n' {
			return i + 1
		}
	}
	return 0
}
