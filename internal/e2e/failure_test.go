//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// breakOnce makes the next start fail in a way that no plan foresees, when the
// file /run/break is there: the dump is root's alone when the server comes to it.
const breakOnce = `[Service]
ExecStartPre=+/bin/sh -c 'if [ -e /run/break ]; then rm /run/break; chown root:root /var/lib/redis/dump.rdb; chmod 0600 /var/lib/redis/dump.rdb; fi'
`

// failedRuns fail before or after the server was stopped; either way it goes on
// with what it held.
func failedRuns() []scenario {
	var all []scenario
	for _, aof := range []bool{false, true} {
		all = append(all,
			scenario{"restore.hcl of a value that the backup lacks", setup{aof: aof},
				"exit 23, current data, AOF " + onOff(aof) + ", same process", func(t *testing.T, s *server) string {
					backup := s.replaced(t)
					pid := s.property(t, "MainPID")
					got := s.observe(t, s.redbook(t, s.running(t, "restore.hcl", "backup="+backup, "key=shapes:triangles", "value=5 sides")...))
					if s.property(t, "MainPID") == pid {
						got += ", same process"
					}
					return got
				}},
			scenario{"restore.hcl, then the server may not read the dump", setup{aof: aof, dropIn: breakOnce},
				"exit 10, current data, AOF " + onOff(aof) + ", explained", brokenRestore("restore.hcl")},
			scenario{"restore-tutorial.hcl, then the server may not read the dump", setup{aof: aof, dropIn: breakOnce},
				"exit 10, current data, AOF " + onOff(aof) + ", explained", brokenRestore("restore-tutorial.hcl")})
	}
	return all
}

func brokenRestore(runbook string) func(*testing.T, *server) string {
	return func(t *testing.T, s *server) string {
		backup := s.replaced(t)
		s.must(t, "touch", "/run/break")
		o := s.redbook(t, s.restoring(t, runbook, backup)...)
		return s.observe(t, o) + s.afterRestart(t, "current data") + explained(o, "the server may not read") // with AOF on the dump is its base by another name
	}
}

// explained tells whether redbook named the cause.
func explained(o outcome, cause string) string {
	if strings.Contains(o.cause, cause) {
		return ", explained"
	}
	return fmt.Sprintf(", not explained: %q", o.cause)
}
