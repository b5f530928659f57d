package torture

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"golang.org/x/sys/unix"

	"redbook/runbook"
)

// faults are what a change can meet: a full disk, no permission, a broken
// device, no time.
var faults = []error{unix.ENOSPC, unix.EACCES, unix.EIO, context.DeadlineExceeded}

// peaceful is a machine that nothing happens to.
func peaceful() *saboteur {
	calm := func(string) error { return nil }
	return &saboteur{before: calm, after: calm, inside: func(string, func()) {}}
}

// failing is a machine on which the change at moment n, counted from 1 over all
// befores and afters, returns an error. It lists the moments.
func failing(n int, fault error, moments *[]string) *saboteur {
	hit := func(what string) error {
		*moments = append(*moments, what)
		if len(*moments) == n {
			return fmt.Errorf("%s: %w", what, fault)
		}
		return nil
	}
	s := peaceful()
	s.before = func(what string) error { return hit("before " + what) }
	s.after = func(what string) error { return hit("after " + what) }
	return s
}

// act obeys an order in this process, on the given machine.
func (s *scene) act(t *testing.T, verb string, sabotage *saboteur) *runbook.Outcome {
	t.Helper()
	o := s.order(verb)
	e, err := o.engine(sabotage, nil)
	if err != nil {
		t.Fatal(err)
	}
	outcome, err := o.obey(context.Background(), e)
	if err != nil {
		t.Fatalf("%s of %s: %v", verb, s.play, err)
	}
	return outcome
}

// TestFailureAnywhere makes every change fail, before it was made and after, in
// every way. The run rolls itself back and everything is as before.
func TestFailureAnywhere(t *testing.T) {
	for i, p := range plays {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			var moments []string
			if o := stage(t, p).act(t, "run", failing(0, nil, &moments)); o.Status != runbook.StatusDone {
				t.Fatalf("the run that was left alone is %s: %v", o.Status, o.Cause)
			}
			points := 0
			t.Run("points", func(t *testing.T) {
				for n := 1; n <= len(moments); n++ {
					for j, fault := range faults {
						if (len(faults)*n+j+i)%stride != 0 {
							continue
						}
						points++
						t.Run(fmt.Sprintf("%d %s: %v", n, moments[n-1], fault), func(t *testing.T) {
							t.Parallel()
							fail(t, p, n, fault)
						})
					}
				}
			})
			t.Logf("%s: %d moments, %d failures tried", p, len(moments), points)
		})
	}
}

func fail(t *testing.T, p play, n int, fault error) {
	s := stage(t, p)
	var moments []string
	o := s.act(t, "run", failing(n, fault, &moments))
	if o.Status != runbook.StatusRolledBack {
		t.Fatalf("the run is %s, want %s: %v; left: %q", o.Status, runbook.StatusRolledBack, o.Cause, o.Left)
	}
	if !errors.Is(o.Cause, fault) {
		t.Errorf("the cause is %v, which does not hold %v", o.Cause, fault)
	}
	if diff := s.look(t).differs(s.before); diff != "" {
		t.Errorf("after the roll-back:\n%s", diff)
	}
	s.survivesCrash(t, s.before)
}

// TestUndoFails makes a change fail, and then each change of the roll-back in
// turn. The run is incomplete and says what is left; when the cause is gone, a
// roll-back ends it.
func TestUndoFails(t *testing.T) {
	for _, p := range plays {
		if p.runbook == "backup.hcl" {
			continue // its roll-back is a single removal
		}
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			var forward []string
			if o := stage(t, p).act(t, "run", failing(0, nil, &forward)); o.Status != runbook.StatusDone {
				t.Fatalf("the run that was left alone is %s: %v", o.Status, o.Cause)
			}
			last := len(forward)
			var all []string
			if o := stage(t, p).act(t, "run", failing(last, unix.EIO, &all)); o.Status != runbook.StatusRolledBack {
				t.Fatalf("the run whose last change fails is %s: %v", o.Status, o.Cause)
			}
			t.Run("points", func(t *testing.T) {
				for n := last + 1; n <= len(all); n++ {
					if n%max(stride/3, 1) != 0 {
						continue
					}
					t.Run(fmt.Sprintf("%d %s", n-last, all[n-1]), func(t *testing.T) {
						t.Parallel()
						failUndo(t, p, last, n)
					})
				}
			})
			t.Logf("%s: %d moments of undo", p, len(all)-last)
		})
	}
}

func failUndo(t *testing.T, p play, first, second int) {
	s := stage(t, p)
	n := 0
	hit := func(what string) error {
		if n++; n == first || n == second {
			return fmt.Errorf("%s: %w", what, unix.EIO)
		}
		return nil
	}
	sabotage := peaceful()
	sabotage.before, sabotage.after = hit, hit
	o := s.act(t, "run", sabotage)
	if o.Status != runbook.StatusIncomplete {
		t.Fatalf("the run is %s, want %s: %v", o.Status, runbook.StatusIncomplete, o.Cause)
	}
	if len(o.Left) == 0 {
		t.Error("the outcome does not say what is left")
	}
	if o := s.act(t, "rollback", peaceful()); o.Status != runbook.StatusRolledBack {
		t.Fatalf("the roll-back after mending is %s: %v %q", o.Status, o.Cause, o.Left)
	}
	if diff := s.look(t).differs(s.before); diff != "" {
		t.Errorf("after the second roll-back:\n%s", diff)
	}
	s.survivesCrash(t, s.before)
}
