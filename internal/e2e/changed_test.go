//go:build e2e

package e2e

import (
	"fmt"
	"testing"
)

// changedUnits are units that somebody changes between a run's failure and its
// roll-back: the data of before must be there in the end, whatever was changed.
func changedUnits() []scenario {
	set := setup{aof: true}
	return []scenario{
		{"rollback after the unit was given another program, mended then", set, "exit 11, says make it as it was; then exit 0, current data, AOF on",
			changed("ExecStart=\nExecStart=/bin/false\n", "make it as it was", func(t *testing.T, s *server) { s.dropIn(t, "") })},
		{"rollback after the unit was masked, unmasked then", set, "exit 11, says systemctl unmask; then exit 0, current data, AOF on",
			masked},
		{"rollback after the unit was given another config", set, "exit 11, says make it as it was; then exit 0, current data, AOF on",
			changed("ExecStart=\nExecStart=/usr/bin/redis-server /etc/redis/other.conf --supervised systemd --daemonize no\n", "make it as it was",
				func(t *testing.T, s *server) { s.dropIn(t, "") })},
		{"rollback after the unit was given more time", set, "exit 0, current data, AOF on", func(t *testing.T, s *server) string {
			s.killAt(t, point{action: "start"}, s.restoring(t, "restore.hcl", s.replaced(t)))
			s.dropIn(t, "[Service]\nTimeoutStartSec=600\nRestartSec=1\n")
			return s.observe(t, s.redbook(t, "rollback", "--yes", "--json")) + s.afterRestart(t, "current data")
		}},
	}
}

// changed kills a run while the server is down, changes the unit, rolls back, and
// once more when that is mended.
func changed(service, cause string, mend func(*testing.T, *server)) func(*testing.T, *server) string {
	return func(t *testing.T, s *server) string {
		s.must(t, "sh", "-c", "sed 's/^dir .*/dir \\/var\\/lib\\/redis\\/other/; s/redis-server.log/other.log/' /etc/redis/redis.conf >/etc/redis/other.conf; chown redis: /etc/redis/other.conf")
		backup := s.replaced(t)
		s.must(t, "install", "-d", "-o", "redis", "-g", "redis", "/var/lib/redis/other")
		s.killAt(t, point{action: "start"}, s.restoring(t, "restore.hcl", backup))
		s.dropIn(t, "[Service]\n"+service)
		return s.rolledBackTwice(t, cause, mend)
	}
}

func masked(t *testing.T, s *server) string {
	backup := s.replaced(t)
	s.killAt(t, point{action: "start"}, s.restoring(t, "restore.hcl", backup))
	s.must(t, "systemctl", "mask", "--runtime", s.unit())
	unmask := func(t *testing.T, s *server) { s.must(t, "systemctl", "unmask", "--runtime", s.unit()) }
	return s.rolledBackTwice(t, "systemctl unmask", unmask)
}

func (s *server) rolledBackTwice(t *testing.T, cause string, mend func(*testing.T, *server)) string {
	t.Helper()
	o := s.redbook(t, "rollback", "--yes", "--json")
	got := fmt.Sprintf("exit %d", o.code) + says(o, cause)
	mend(t, s)
	s.clearFailures(t)
	return got + "; then " + s.observe(t, s.redbook(t, "rollback", "--yes", "--json")) + s.afterRestart(t, "current data")
}
