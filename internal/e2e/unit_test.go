//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// one runs a runbook with a single step.
func (s *server) one(t *testing.T, kind string, arguments ...string) outcome {
	t.Helper()
	text := fmt.Sprintf("runbook {}\n\nredis \"main\" {\n  address = %q\n  service = %q\n}\n\nstep %q \"redis\" {\n%s\n}\n",
		s.address(), s.service(), kind, strings.Join(arguments, "\n"))
	if err := s.host.WriteFile("/etc/redbook/one.hcl", text, 0o644); err != nil {
		t.Fatal(err)
	}
	return s.redbook(t, "run", "/etc/redbook/one.hcl", "--yes", "--json")
}

func (s *server) state(t *testing.T) string {
	t.Helper()
	return "unit " + s.property(t, "ActiveState")
}

// loop makes systemd start a server that cannot come up again and again.
func (s *server) loop(t *testing.T) {
	t.Helper()
	s.must(t, "systemctl", "start", "--no-block", s.unit())
	s.await(t, "SubState", "auto-restart")
}

func (s *server) await(t *testing.T, property, want string) {
	t.Helper()
	s.eventually(t, property+" "+want, func() bool { return s.property(t, property) == want })
}

const (
	badConfig   = "maxmemory-policy no-such-policy\n"
	slowLoop    = "[Service]\nRestartSec=30\n"
	refusal     = "the server refuses to stop"
	configCause = "the server refuses its config"
)

// stops are those of stop-service: the process is gone, or redbook says why not.
func stops() []scenario {
	return []scenario{
		{"stop-service", setup{}, "exit 0, unit inactive, process gone", func(t *testing.T, s *server) string {
			s.start(t)
			s.fill(t)
			pid := s.property(t, "MainPID")
			return fmt.Sprintf("exit %d, %s, %s", s.one(t, "stop-service").code, s.state(t), s.process(pid))
		}},
		{"stop-service while systemd restarts it", setup{config: badConfig, dropIn: slowLoop}, "exit 0, unit inactive", func(t *testing.T, s *server) string {
			s.loop(t)
			return fmt.Sprintf("exit %d, %s", s.one(t, "stop-service").code, s.state(t))
		}},
		{"stop-service of a server that cannot save", setup{}, "exit 10, backup data, AOF off, explained, then exit 0, unit inactive", func(t *testing.T, s *server) string {
			s.start(t)
			s.fill(t)
			s.must(t, "chown", "root:root", s.dir())
			o := s.one(t, "stop-service")
			got := s.observe(t, o) + explained(o, refusal)
			s.must(t, "chown", "redis:redis", s.dir())
			return got + fmt.Sprintf(", then exit %d, %s", s.one(t, "stop-service").code, s.state(t))
		}},
	}
}

func (s *server) process(pid string) string {
	if _, err := os.Stat(s.host.Path("/proc/" + pid)); err == nil {
		return "process there"
	}
	return "process gone"
}

// failedStarts are explained within moments, and leave no unit that systemd
// starts again.
func failedStarts() []scenario {
	return []scenario{
		{"start with a dump of root's", setup{dropIn: breakOnce}, "exit 10, unit inactive, explained", func(t *testing.T, s *server) string {
			s.dumped(t)
			s.must(t, "touch", "/run/break")
			return s.failedStart(t, "the server may not read its dump")
		}},
		{"start with a mistake in the config", setup{config: badConfig}, "exit 10, unit inactive, explained", func(t *testing.T, s *server) string {
			return s.failedStart(t, configCause)
		}},
		{"start while systemd restarts it", setup{config: badConfig, dropIn: slowLoop}, "exit 10, unit inactive, explained", func(t *testing.T, s *server) string {
			s.loop(t)
			return s.failedStart(t, configCause)
		}},
		{"start with dir outside the sandbox", setup{aof: true, config: "dir /srv/redis\n"}, "exit 10, unit inactive, explained", func(t *testing.T, s *server) string {
			s.must(t, "install", "-d", "-o", "redis", "-g", "redis", "/srv/redis")
			return s.failedStart(t, "the filesystem is read-only for the server")
		}},
		{"start with an AOF directory of root's", setup{aof: true, dropIn: "[Service]\nExecStartPre=+/bin/sh -c 'if [ -e /run/break ]; then chown root:root /var/lib/redis/appendonlydir; chmod 0700 /var/lib/redis/appendonlydir; fi'\n"},
			"exit 10, unit inactive, explained", func(t *testing.T, s *server) string {
				s.dumped(t)
				s.must(t, "touch", "/run/break")
				defer s.must(t, "rm", "/run/break")
				return s.failedStart(t, "the server may not read or write its AOF")
			}},
		{"start that takes longer than TimeoutStartSec", setup{dropIn: "[Service]\nTimeoutStartSec=1\nExecStartPre=+/bin/sleep 60\n"},
			"exit 10, unit inactive, explained", func(t *testing.T, s *server) string {
				return s.failedStart(t, "start timeout ended")
			}},
		{"start that loads longer than TimeoutStartSec", setup{config: "key-load-delay 500000\n", dropIn: "[Service]\nTimeoutStartSec=1\n"},
			"exit 10, unit inactive, explained", func(t *testing.T, s *server) string {
				s.writeConfig(t, s.original)
				s.dumped(t)
				s.writeConfig(t, s.configured(t))
				return s.failedStart(t, "start timeout ended")
			}},
		{"start on a port that is taken meanwhile", setup{dropIn: "[Service]\nExecStartPre=+/bin/sh -c 'redis-server --port 6379 --save \"\" --dir /tmp --daemonize yes; sleep 1'\n"},
			"exit 10, unit inactive, explained", func(t *testing.T, s *server) string {
				return s.failedStart(t, "in use by another process")
			}},
		{"start while another server listens at the address", setup{}, "exit 1, unit inactive, explained", func(t *testing.T, s *server) string {
			defer s.squat(t)()
			return s.failedStart(t, "another server")
		}},
		{"start while another server with another password listens", setup{}, "exit 1, unit inactive, explained", func(t *testing.T, s *server) string {
			defer s.squat(t, "--requirepass", "other")()
			return s.failedStart(t, "the server wants a password")
		}},
	}
}

// squat has another server listen where the server would.
func (s *server) squat(t *testing.T, options ...string) (leave func()) {
	t.Helper()
	run := []string{"systemd-run", "--quiet", "--unit", "squatter", s.product + "-server", "--port", "6379", "--save", "", "--dir", "/tmp"}
	s.must(t, append(run, options...)...)
	s.must(t, "sh", "-c", "until "+s.product+"-cli -p 6379 ping; do sleep 0.05; done")
	return func() { s.must(t, "systemctl", "stop", "squatter") }
}

// dumped leaves a stopped server with a dump.
func (s *server) dumped(t *testing.T) {
	t.Helper()
	s.start(t)
	s.fill(t)
	s.must(t, "systemctl", "stop", s.unit())
	s.clearFailures(t)
}

func (s *server) failedStart(t *testing.T, cause string) string {
	t.Helper()
	o := s.one(t, "start", "allow_empty = true")
	return fmt.Sprintf("exit %d, %s", o.code, s.state(t)) + explained(o, cause)
}

// recoveries bring back a unit that systemd had given up.
func recoveries() []scenario {
	return []scenario{
		{"start after the start limit was hit", setup{config: badConfig}, "exit 0, unit active", func(t *testing.T, s *server) string {
			s.must(t, "systemctl", "start", "--no-block", s.unit())
			s.await(t, "ActiveState", "failed")
			s.writeConfig(t, strings.Replace(s.configured(t), badConfig, "", 1))
			o := s.one(t, "start", "allow_empty = true")
			return fmt.Sprintf("exit %d, %s", o.code, s.state(t))
		}},
		{"restore.hcl while systemd restarts a server that may not read its dump", setup{dropIn: breakOnce + slowLoop[len("[Service]\n"):]},
			"exit 0, backup data, AOF off", func(t *testing.T, s *server) string {
				backup := s.replaced(t)
				s.must(t, "systemctl", "stop", s.unit())
				s.must(t, "touch", "/run/break")
				s.loop(t)
				return s.observe(t, s.redbook(t, s.restoring(t, "restore.hcl", backup)...)) + s.afterRestart(t, "backup data")
			}},
		{"backup.hcl while another server listens at the address", setup{}, "exit 1, explained", func(t *testing.T, s *server) string {
			defer s.squat(t)()
			o := s.redbook(t, s.backingUp(t)...)
			return fmt.Sprintf("exit %d", o.code) + explained(o, "another server")
		}},
		{"restore.hcl while another server listens at the address", setup{}, "exit 1, then current data", func(t *testing.T, s *server) string {
			backup := s.replaced(t)
			s.must(t, "systemctl", "stop", s.unit())
			leave := s.squat(t)
			o := s.redbook(t, s.restoring(t, "restore.hcl", backup)...)
			leave()
			s.start(t)
			return fmt.Sprintf("exit %d, then %s", o.code, s.data(t))
		}},
		{"start while systemd restarts it, after the mistake is mended", setup{config: badConfig, dropIn: slowLoop}, "exit 0, unit active", func(t *testing.T, s *server) string {
			s.loop(t)
			s.writeConfig(t, strings.Replace(s.configured(t), badConfig, "", 1))
			o := s.one(t, "start", "allow_empty = true")
			return fmt.Sprintf("exit %d, %s", o.code, s.state(t))
		}},
	}
}
