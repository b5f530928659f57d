//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

const repository = "/var/backups/redis/increments"

// increments are backups and restores by rdiff-backup.
func increments() []scenario {
	var all []scenario
	for _, aof := range []bool{false, true} {
		all = append(all, scenario{"restore-increment.hcl at the first of two increments", setup{aof: aof}, "exit 0, backup data, AOF " + onOff(aof),
			restoredIncrement("backup data")})
	}
	on := setup{aof: true}
	all = append(all,
		scenario{"restore-increment.hcl at the newest of two", on, "exit 0, second data, AOF on", restoredIncrement("second data")},
		scenario{"rollback of restore-increment.hcl", on, "exit 0, current data, AOF on", func(t *testing.T, s *server) string {
			at := s.twoIncrements(t)[0]
			if o := s.redbook(t, s.running(t, "restore-increment.hcl", "repository="+repository, "at="+at)...); o.code != 0 {
				return fmt.Sprintf("restore: exit %d", o.code)
			}
			s.clearFailures(t)
			return s.observe(t, s.redbook(t, "rollback", "--yes", "--json")) + s.afterRestart(t, "current data")
		}})
	return append(all, scenario{"a timer's service that runs backup-increments.hcl", on, "exit 0, 1 increment, the config in it", timedBackup})
}

// twoIncrements backs up twice and changes the data after each; it returns the times.
func (s *server) twoIncrements(t *testing.T) (at []string) {
	t.Helper()
	s.start(t)
	s.fill(t)
	at = append(at, s.increment(t))
	s.change(t)
	s.remember(t, "second data")
	at = append(at, s.increment(t))
	s.set(t, "only:later", "written after both")
	s.remember(t, "current data")
	s.clearFailures(t)
	return at
}

func (s *server) increment(t *testing.T) (at string) {
	t.Helper()
	o := s.redbook(t, s.running(t, "backup-increments.hcl", "repository="+repository)...)
	at, _ = o.outputs["increment"].(string)
	if o.code != 0 || at == "" {
		t.Fatalf("backup-increments.hcl: exit %d, increment %q\n%s", o.code, at, o.printed)
	}
	return at
}

func restoredIncrement(which string) func(*testing.T, *server) string {
	return func(t *testing.T, s *server) string {
		at := s.twoIncrements(t)[0]
		if which == "second data" {
			at = "now"
		}
		o := s.redbook(t, s.running(t, "restore-increment.hcl", "repository="+repository, "at="+at, "key=shapes:squares", "value=4 sides")...)
		return s.observe(t, o) + s.afterRestart(t, which)
	}
}

// timedBackup runs the backup as a timer does: in a service of its own.
func timedBackup(t *testing.T, s *server) string {
	s.start(t)
	s.fill(t)
	argv := append([]string{"systemd-run", "--wait", "--quiet", "--collect", "/usr/local/bin/redbook"}, s.running(t, "backup-increments.hcl", "repository="+repository)...)
	s.must(t, argv...)
	increments := s.must(t, "sh", "-c", "ls "+repository+"/rdiff-backup-data | grep -c '^current_mirror'")
	got := "exit 0, " + strings.TrimSpace(increments) + " increment"
	if s.must(t, "sh", "-c", "find "+repository+" -name redis.conf") != "" {
		got += ", the config in it"
	}
	return got
}
