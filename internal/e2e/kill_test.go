//go:build e2e

package e2e

import (
	"encoding/json"
	"testing"
)

// A point of a run is a change, counted from one that every restore has: its stop
// ("stop") or its start ("start").
type point struct {
	name   string
	action string
	offset int
	ended  bool // the change is made; else redbook has only said that it will make it
}

// killedRuns kill redbook where it has just begun or ended something, and go on
// or back.
func killedRuns() []scenario {
	var all []scenario
	for _, at := range []point{
		{"before the stop", "stop", 0, false},
		{"after the stop", "stop", 0, true},
		{"between stop and start", "stop", 1, false},
		{"at the last change before the start", "start", -1, false},
		{"before the start", "start", 0, false},
		{"after the start", "start", 0, true},
	} {
		name := "kill -9 " + at.name
		all = append(all,
			scenario{name + ", resume", setup{aof: true}, "exit 0, backup data, AOF on", killed(at, "resume", "backup data")},
			scenario{name + ", rollback", setup{aof: true}, "exit 0, current data, AOF on", killed(at, "rollback", "current data")})
	}
	start := point{action: "start"}
	return append(all,
		scenario{"kill -9 before the start, resume", setup{aof: true, password: "s3cret"}, "exit 0, backup data, AOF on", killed(start, "resume", "backup data")},
		scenario{"kill -9 before the start, resume", setup{}, "exit 0, backup data, AOF off", killed(start, "resume", "backup data")})
}

func killed(at point, then, want string) func(*testing.T, *server) string {
	return func(t *testing.T, s *server) string {
		if o := s.killAt(t, at, s.restoring(t, "restore.hcl", s.replaced(t))); o.code == 0 {
			return "redbook was done before it was killed"
		}
		s.clearFailures(t)
		return s.observe(t, s.redbook(t, then, "--yes", "--json")) + s.afterRestart(t, want)
	}
}

// killAt runs a runbook until it reaches a point of its plan.
func (s *server) killAt(t *testing.T, at point, args []string) outcome {
	t.Helper()
	number := s.planned(t, args, at.action) + at.offset
	want, seen := "intent", 0
	if at.ended {
		want = "done"
	}
	return s.redbookUntil(t, func(l line) bool {
		if l.Type == want {
			seen++
		}
		return seen == number
	}, args...)
}

// planned is the number of the first change with an action in the plan of a run, from 1.
func (s *server) planned(t *testing.T, run []string, action string) (number int) {
	t.Helper()
	args := []string{"plan"}
	for _, arg := range run[1:] {
		if arg != "--yes" {
			args = append(args, arg)
		}
	}
	var plan struct {
		Steps []struct {
			Changes []struct{ Action string }
		}
	}
	o := s.redbook(t, args...)
	if err := json.Unmarshal([]byte(o.printed), &plan); err != nil {
		t.Fatalf("%v\n%s", err, o.printed)
	}
	for _, step := range plan.Steps {
		for _, change := range step.Changes {
			number++
			if change.Action == action {
				return number
			}
		}
	}
	t.Fatalf("no %s in the plan\n%s", action, o.printed)
	return 0
}
