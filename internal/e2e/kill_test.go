//go:build e2e

package e2e

import (
	"fmt"
	"testing"
)

// killedRuns kill redbook where it has just begun or ended something, and go on
// or back.
func killedRuns() []scenario {
	var all []scenario
	for _, at := range []line{
		{Type: "intent", Step: "step.stop-service.redis"},
		{Type: "step-end", Step: "step.stop-service.redis"},
		{Type: "intent", Step: "step.rename.in-place"},
		{Type: "intent", Step: "step.start.redis"},
		{Type: "intent", Step: "step.enable-aof.again"},
	} {
		name := fmt.Sprintf("kill -9 at the %s of %s", at.Type, at.Step)
		all = append(all,
			scenario{name + ", resume", setup{aof: true}, "exit 0, backup data, AOF on", killed(at, "resume", "backup data")},
			scenario{name + ", rollback", setup{aof: true}, "exit 0, current data, AOF on", killed(at, "rollback", "current data")})
	}
	secret := setup{aof: true, password: "s3cret"}
	start := line{Type: "intent", Step: "step.start.redis"}
	return append(all, scenario{"kill -9 at the intent of step.start.redis, resume", secret, "exit 0, backup data, AOF on",
		killed(start, "resume", "backup data")}, scenario{"kill -9 at the intent of step.start.redis, resume", setup{}, "exit 0, backup data, AOF off",
		killed(start, "resume", "backup data")})
}

func killed(at line, then, want string) func(*testing.T, *server) string {
	return func(t *testing.T, s *server) string {
		backup := s.replaced(t)
		o := s.redbookUntil(t, func(l line) bool { return l.Type == at.Type && l.Step == at.Step },
			s.restoring("restore.hcl", backup)...)
		if o.code == 0 {
			return "redbook was done before it was killed"
		}
		s.clearFailures(t)
		return s.observe(t, s.redbook(t, then, "--yes", "--json")) + s.afterRestart(t, want)
	}
}
