//go:build e2e

package e2e

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"testing"
)

func timerFires() scenario {
	return scenario{"schedule add, systemd, names that need care", setup{password: scheduledSecret},
		"exit 0, a good backup, done, no secret, exit 0, nothing left", func(t *testing.T, s *server) string {
			s.start(t)
			s.fill(t)
			s.oddly(t)
			o := s.add(t, oddRunbook, "--calendar", "*:*:0/5", "--randomized-delay", "0s", "--credential", "password="+secretFile, "--var", "directory="+oddDirectory)
			got := fmt.Sprintf("exit %d", o.code)
			if o.code != 0 {
				return got
			}
			got += ", " + s.verified(t, oddDirectory)
			var l scheduledLine
			s.eventually(t, "the end of a run", func() bool { l = s.listed(t)[0]; return l.Result == "done" })
			if got += ", " + l.Result; !l.Active || l.Next.IsZero() || l.Last.IsZero() || l.Run == "" || l.Runbook != oddRunbook {
				got += fmt.Sprintf(", listed as %+v", l)
			}
			s.measured = s.exposure(t, unitOf(l))
			return got + s.secretInUnits(t, l) + ", " + s.taken(t, "--", l.Name)
		}}
}

// secretInUnits looks for the password in what everybody can read.
func (s *server) secretInUnits(t *testing.T, l scheduledLine) string {
	t.Helper()
	for _, path := range l.Files {
		content, err := s.host.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(content, "p4$$") || strings.Contains(content, "p4$") {
			return ", the secret in " + path
		}
	}
	return ", no secret"
}

const alertUnit = `[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo "$MONITOR_UNIT $MONITOR_EXIT_STATUS" >/run/alert-%i'
`

func timerFails() scenario {
	return scenario{"a scheduled run that fails starts --on-failure", setup{}, "exit 0, alert for redbook-check.service, check failed, exit 0, nothing left",
		func(t *testing.T, s *server) string {
			s.start(t)
			s.fill(t)
			runbook := "runbook {}\n\nvariable \"address\" {}\nvariable \"service\" {}\n\nredis \"main\" {\n  address = var.address\n  service = var.service\n}\n\n" +
				"step \"verify-key\" \"triangles\" {\n  key    = \"shapes:triangles\"\n  equals = \"4 sides\"\n}\n"
			for path, text := range map[string]string{"/etc/redbook/check.hcl": runbook, "/etc/systemd/system/alert@.service": alertUnit} {
				if err := s.host.WriteFile(path, text, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			o := s.add(t, "/etc/redbook/check.hcl", "--calendar", "*:*:0/5", "--randomized-delay", "0s", "--on-failure", "alert@%N")
			alert := s.host.Path("/run/alert-redbook-check")
			s.eventually(t, "the unit of --on-failure", func() bool { _, err := os.Stat(alert); return err == nil })
			s.eventually(t, "the end of a run", func() bool { return s.listed(t)[0].Result != "running" })
			return fmt.Sprintf("exit %d, alert for redbook-check.service, %s, %s", o.code, s.listed(t)[0].Result, s.taken(t, "/etc/redbook/check.hcl"))
		}}
}

// timerChanges adds a schedule twice, changes it, and takes it away while its run is under way.
func timerChanges() scenario {
	return scenario{"schedule add again, with other arguments, remove amid a run", setup{}, "nothing changes, a diff, another calendar, the run goes on to 0, nothing left",
		func(t *testing.T, s *server) string {
			s.start(t)
			s.fill(t)
			runbook := "runbook {}\n\nstep \"exec\" \"slow\" {\n  argv = [\"sh\", \"-c\", \"while [ ! -e /run/go ]; do sleep 0.1; done\"]\n  undo = [\"true\"]\n}\n"
			if err := s.host.WriteFile("/etc/redbook/slow.hcl", runbook, 0o644); err != nil {
				t.Fatal(err)
			}
			add := func(calendar string) outcome {
				return s.redbook(t, "schedule", "add", "/etc/redbook/slow.hcl", "--calendar", calendar)
			}
			add("yearly")
			got := "something changes"
			if o := add("yearly"); o.code == 0 && strings.Contains(o.printed, "Nothing changes") {
				got = "nothing changes"
			}
			if o := add("Mon..Fri 03:00"); o.code == 0 && strings.Contains(o.printed, "-OnCalendar=yearly\n+OnCalendar=Mon..Fri 03:00") {
				got += ", a diff"
			}
			if l := s.listed(t)[0]; l.Calendar == "Mon..Fri 03:00" && l.Next.Hour() == 3 && l.Next.Minute() < 6 {
				got += ", another calendar"
			}
			s.must(t, "systemctl", "start", "--no-block", "redbook-slow.service")
			s.eventually(t, "the run", func() bool { return s.listed(t)[0].Result == "running" })
			if o := s.redbook(t, "schedule", "remove", "slow"); !strings.Contains(o.printed, "goes on") {
				got += ", no word of the run"
			}
			s.must(t, "touch", "/run/go")
			s.eventually(t, "the end of the run", func() bool { return strings.Contains(s.must(t, "redbook", "runs", "--json"), `"done"`) })
			return got + ", the run goes on to 0, " + cmp.Or(s.leftOver(t), "nothing left")
		}}
}

// timerRefuses has systemd refuse a unit, and redbook refuse to write over what is another's.
func timerRefuses() scenario {
	return scenario{"schedule add over another's unit, over another runbook's schedule, by cron too", setup{}, "exit 1, exit 1, exit 1, as it was, exit 0, nothing left",
		func(t *testing.T, s *server) string {
			s.start(t)
			const foreign = "[Service]\nExecStart=/bin/true\n"
			if err := s.host.WriteFile("/etc/systemd/system/redbook-mine.service", foreign, 0o644); err != nil {
				t.Fatal(err)
			}
			o := s.add(t, "/etc/redbook/backup.hcl", "--calendar", "daily", "--name", "mine")
			got := fmt.Sprintf("exit %d", o.code)
			s.must(t, "rm", "/etc/systemd/system/redbook-mine.service")
			s.add(t, "/etc/redbook/backup.hcl", "--calendar", "daily")
			before := s.must(t, "sh", "-c", "cat /etc/systemd/system/redbook-*")
			s.must(t, "install", "-D", "-m", "0644", "/etc/redbook/backup.hcl", "/etc/redbook/more/backup.hcl")
			got += fmt.Sprintf(", exit %d", s.add(t, "/etc/redbook/more/backup.hcl", "--calendar", "daily").code)
			got += fmt.Sprintf(", exit %d", s.add(t, "/etc/redbook/backup.hcl", "--calendar", "daily", "--cron").code)
			if s.must(t, "sh", "-c", "cat /etc/systemd/system/redbook-*") == before {
				got += ", as it was"
			}
			return got + ", " + s.taken(t, "backup")
		}}
}

// timerUndone has systemd refuse to start a timer: a new one leaves nothing, an old one goes on.
func timerUndone() scenario {
	return scenario{"schedule add, and systemd does not start the timer", setup{}, "exit 1, nothing left; exit 1, yearly as before, exit 0, nothing left",
		func(t *testing.T, s *server) string {
			s.start(t)
			const dropIn = "/run/systemd/system/redbook-backup.timer.d"
			refuse := func() {
				s.must(t, "mkdir", "-p", dropIn)
				if err := s.host.WriteFile(dropIn+"/test.conf", "[Unit]\nRefuseManualStart=yes\n", 0o644); err != nil {
					t.Fatal(err)
				}
			}
			refuse()
			got := fmt.Sprintf("exit %d, %s; ", s.add(t, "/etc/redbook/backup.hcl", "--calendar", "daily").code, cmp.Or(s.leftOver(t), "nothing left"))
			s.must(t, "rm", "-r", dropIn)
			s.add(t, "/etc/redbook/backup.hcl", "--calendar", "yearly", "--randomized-delay", "0s")
			before := s.listed(t)[0]
			refuse()
			got += fmt.Sprintf("exit %d, ", s.add(t, "/etc/redbook/backup.hcl", "--calendar", "daily").code)
			s.must(t, "rm", "-r", dropIn)
			if l := s.listed(t)[0]; l.Active && l.Calendar == before.Calendar && l.Next.Equal(before.Next) {
				got += "yearly as before, "
			}
			return got + s.taken(t, "backup")
		}}
}
