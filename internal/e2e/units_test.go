//go:build e2e

package e2e

import (
	"fmt"
	"testing"
)

// Units of other kinds than Debian's. systemd learns from each by other signs
// whether the server came up.
const (
	simpleUnit = `[Service]
Type=simple
ExecStart=
ExecStart=/usr/bin/redis-server /etc/redis/redis.conf --supervised no --daemonize no
`
	forkingUnit = `[Service]
Type=forking
ExecStart=
ExecStart=/usr/bin/redis-server /etc/redis/redis.conf --supervised no --daemonize yes
`
	noRestart = "[Service]\nRestart=no\n"
)

func units() []scenario {
	all := []scenario{
		{"restore.hcl by an alias of the unit", setup{aof: true, service: "redis"}, "exit 0, backup data, AOF on", func(t *testing.T, s *server) string {
			s.must(t, "systemctl", "enable", s.unit()) // the alias is made by that
			defer s.must(t, "systemctl", "disable", s.unit())
			return restored("restore.hcl")(t, s)
		}},
	}
	for _, u := range []struct{ name, dropIn string }{
		{"Type=simple", simpleUnit}, {"Type=forking", forkingUnit}, {"Restart=no", noRestart},
	} {
		all = append(all,
			scenario{"restore.hcl, unit of " + u.name, setup{aof: true, dropIn: u.dropIn}, "exit 0, backup data, AOF on", restored("restore.hcl")},
			scenario{"start with a mistake in the config, unit of " + u.name, setup{config: badConfig, dropIn: u.dropIn},
				"exit 10, unit inactive, explained", func(t *testing.T, s *server) string {
					return s.failedStart(t, configCause)
				}},
			scenario{"start with a dump of root's, unit of " + u.name, setup{dropIn: u.dropIn + breakOnce},
				"exit 10, unit inactive, explained", func(t *testing.T, s *server) string {
					s.dumped(t)
					s.must(t, "touch", "/run/break")
					return s.failedStart(t, "the server may not read its dump")
				}})
	}
	return all
}

// besideTheFirst restores a server while another of the same host serves on.
func besideTheFirst(first *server) scenario {
	return scenario{"restore.hcl beside another server", setup{}, "exit 0, backup data, AOF off; the first: backup data, same process",
		func(t *testing.T, s *server) string {
			pid := first.property(t, "MainPID")
			got := restored("restore.hcl")(t, s) + "; the first: " + first.data(t)
			if now := first.property(t, "MainPID"); now != pid {
				return got + fmt.Sprintf(", process %s, then %s", pid, now)
			}
			return got + ", same process"
		}}
}
