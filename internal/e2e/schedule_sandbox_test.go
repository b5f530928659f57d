//go:build e2e

package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// exposure is the figure of systemd-analyze security: 0 is all closed, 10 all open.
func (s *server) exposure(t *testing.T, unit string) string {
	t.Helper()
	out := s.must(t, "systemd-analyze", "security", "--no-pager", unit)
	figure := regexp.MustCompile(`exposure level for .*: ([0-9.]+) (\w+)`).FindStringSubmatch(out)
	if figure == nil {
		t.Fatalf("systemd-analyze security says\n%s", out)
	}
	return "exposure " + figure[1] + " " + figure[2]
}

// confined has a run try to write where the plan of the time of add did not.
func confined() scenario {
	return scenario{"a scheduled run that would write elsewhere", setup{}, "exit 0, strict, exit-code 10, nothing written, exit 0, nothing left",
		func(t *testing.T, s *server) string {
			s.start(t)
			s.fill(t)
			s.must(t, "mkdir", "-p", "/srv/elsewhere")
			directory := func(dir string) {
				if err := s.host.WriteFile("/etc/redbook/values.hcl", fmt.Sprintf("directory = %q\n", dir), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			directory("/var/backups/redis")
			o := s.add(t, "/etc/redbook/backup.hcl", "--calendar", "yearly", "--var-file", "/etc/redbook/values.hcl")
			directory("/srv/elsewhere")
			got := fmt.Sprintf("exit %d, ", o.code) + s.runNow(t, "backup")
			if s.must(t, "ls", "-A", "/srv/elsewhere") == "" {
				got += "nothing written, "
			}
			return got + s.taken(t, "/etc/redbook/backup.hcl")
		}}
}

// sandboxed runs a restore as a schedule would: it stops and starts the server, or is its
// primary for a while.
func sandboxed(runbook string, set setup, variable string) scenario {
	return scenario{"scheduled " + runbook, set, "exit 0, strict, success 0, backup data, AOF " + onOff(set.aof) + ", exit 0, nothing left", func(t *testing.T, s *server) string {
		backup := s.replaced(t)
		args := []string{"schedule", "add", "/etc/redbook/" + runbook, "--calendar", "yearly", "--var", "address=" + s.address(),
			"--var", variable, "--var", "backup=" + backup}
		if set.password != "" {
			s.writeSecret(t)
			args = append(args, "--credential", "redis-password="+secretFile)
		}
		o := s.redbook(t, args...)
		name := strings.TrimSuffix(runbook, ".hcl")
		got := fmt.Sprintf("exit %d, ", o.code) + s.runNow(t, name)
		if o.code == 0 {
			s.measured = s.exposure(t, "redbook-"+name+".service")
		}
		return got + s.data(t) + ", " + s.persistence(t) + ", " + s.taken(t, name)
	}}
}

// runNow runs what a schedule runs, to its end.
func (s *server) runNow(t *testing.T, name string) string {
	t.Helper()
	unit := "redbook-" + name + ".service"
	protected := strings.TrimSpace(s.must(t, "systemctl", "show", "-P", "ProtectSystem", unit))
	s.must(t, "sh", "-c", "systemctl start "+unit+" || true")
	s.transcript += s.must(t, "journalctl", "--no-pager", "-o", "cat", "-n", "40", "-u", unit)
	ended := s.must(t, "systemctl", "show", "-P", "Result", "-P", "ExecMainStatus", unit)
	return protected + ", " + strings.Join(strings.Fields(ended), " ") + ", "
}

func sandboxedIncrements() scenario {
	return scenario{"scheduled backup-increments.hcl", setup{aof: true}, "exit 0, strict, success 0, an increment, exit 0, nothing left", func(t *testing.T, s *server) string {
		s.start(t)
		s.fill(t)
		o := s.add(t, "/etc/redbook/backup-increments.hcl", "--calendar", "yearly", "--state-dir", "/root/books")
		got := fmt.Sprintf("exit %d, ", o.code) + s.runNow(t, "backup-increments")
		s.measured = s.exposure(t, "redbook-backup-increments.service")
		if strings.Contains(s.must(t, "rdiff-backup", "--list-increments", "/var/backups/redis-increments"), "mirror") {
			got += "an increment"
		}
		if l := s.listed(t)[0]; l.Result != "done" || l.Run == "" {
			got += fmt.Sprintf(", listed as %+v", l)
		}
		return got + ", " + s.taken(t, "backup-increments")
	}}
}

// sandboxedTransfer goes to another machine and back, which here is this one, by ssh.
func sandboxedTransfer() scenario {
	return scenario{"scheduled push and fetch by ssh", setup{}, "exit 0, strict, success 0, there and back, exit 0, nothing left", func(t *testing.T, s *server) string {
		s.must(t, "sh", "-c", "systemctl start ssh; mkdir -p -m 0700 /root/.ssh /srv/far /srv/near; [ -e /root/.ssh/id_ed25519 ] || ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519; "+
			"cp /root/.ssh/id_ed25519.pub /root/.ssh/authorized_keys; ssh-keyscan -t ed25519 127.0.0.1 >/root/.ssh/known_hosts; echo content >/srv/near/file")
		runbook := "runbook {}\n\nstep \"push\" \"there\" {\n  host = \"127.0.0.1\"\n  from = \"/srv/near/file\"\n  to   = \"/srv/far/file\"\n}\n\n" +
			"step \"fetch\" \"back\" {\n  host = \"127.0.0.1\"\n  from = \"/srv/near/file\"\n  to   = \"/srv/near/back\"\n}\n"
		if err := s.host.WriteFile("/etc/redbook/transfer.hcl", runbook, 0o644); err != nil {
			t.Fatal(err)
		}
		o := s.redbook(t, "schedule", "add", "/etc/redbook/transfer.hcl", "--calendar", "yearly")
		got := fmt.Sprintf("exit %d, ", o.code) + s.runNow(t, "transfer")
		if back, err := s.host.ReadFile("/srv/near/back"); err == nil && back == "content\n" {
			got += "there and back, "
		}
		return got + s.taken(t, "transfer")
	}}
}
