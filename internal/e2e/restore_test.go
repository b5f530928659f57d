//go:build e2e

package e2e

import (
	"fmt"
	"testing"
)

func onOff(aof bool) string { return map[bool]string{true: "on", false: "off"}[aof] }

// backup, restore and roll-back, as every version must do them.
func cycle(aof bool) []scenario {
	set := setup{aof: aof}
	return []scenario{
		{"backup.hcl", set, "exit 0, backup data, AOF " + onOff(aof), func(t *testing.T, s *server) string {
			s.start(t)
			s.fill(t)
			return s.observe(t, s.redbook(t, s.backingUp(t)...))
		}},
		{"restore.hcl", set, "exit 0, backup data, AOF " + onOff(aof), restored("restore.hcl")},
		{"rollback of restore.hcl", set, "exit 0, current data, AOF " + onOff(aof), rolledBack("restore.hcl")},
	}
}

// replaced fills the server, backs it up and changes its data.
func (s *server) replaced(t *testing.T) (backup string) {
	t.Helper()
	s.start(t)
	s.fill(t)
	backup = s.backUp(t)
	s.change(t)
	s.clearFailures(t)
	return backup
}

func restored(runbook string) func(*testing.T, *server) string {
	return func(t *testing.T, s *server) string {
		backup := s.replaced(t)
		o := s.redbook(t, s.restoring(t, runbook, backup)...)
		got := s.observe(t, o)
		if n := s.property(t, "NRestarts"); n != "0" {
			got += ", NRestarts " + n
		}
		return got + s.afterRestart(t, "backup data")
	}
}

func rolledBack(runbook string) func(*testing.T, *server) string {
	return func(t *testing.T, s *server) string {
		backup := s.replaced(t)
		if o := s.redbook(t, s.restoring(t, runbook, backup)...); o.code != 0 {
			return fmt.Sprintf("restore: exit %d\n%s", o.code, o.printed)
		}
		s.clearFailures(t)
		got := s.observe(t, s.redbook(t, "rollback", "--yes", "--json"))
		return got + s.afterRestart(t, "current data")
	}
}

// afterRestart adds to what was seen when the next restart, with what is on disk
// now, does not bring the same data.
func (s *server) afterRestart(t *testing.T, want string) string {
	t.Helper()
	s.clearFailures(t)
	s.must(t, "systemctl", "restart", s.unit())
	if now := s.data(t); now != want {
		return ", then after a restart " + now
	}
	return ""
}

// tutorial is the restore in the tutorial's own order.
func tutorial() []scenario {
	var all []scenario
	for _, aof := range []bool{false, true} {
		set := setup{aof: aof}
		all = append(all,
			scenario{"restore-tutorial.hcl", set, "exit 0, backup data, AOF " + onOff(aof), restored("restore-tutorial.hcl")},
			scenario{"rollback of restore-tutorial.hcl", set, "exit 0, current data, AOF " + onOff(aof), rolledBack("restore-tutorial.hcl")})
	}
	return all
}
