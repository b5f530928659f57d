//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestSchedule waits for real timers to fire, and runs what they run in its sandbox.
func TestSchedule(t *testing.T) {
	t.Parallel()
	s := newServer(t, boot(t, "bookworm"), "bookworm", "redis")
	s.check(t, timerFires(), timerFails(), timerChanges(), timerRefuses(),
		sandboxed("restore.hcl", setup{aof: true, password: scheduledSecret}, "service=redis-server.service"),
		sandboxed("restore-live.hcl", setup{}, "snapshot=/var/backups/redis/before.rdb"), sandboxedIncrements())
}

// TestCron waits for a real cron, beside the timers.
func TestCron(t *testing.T) {
	t.Parallel()
	s := newServer(t, boot(t, "bookworm"), "bookworm", "redis")
	s.check(t, cronFires())
}

const (
	scheduledSecret = `p4$$ 100% "quoted" \n`
	secretFile      = "/etc/redbook/redis password"
	oddRunbook      = `/etc/redbook/-été 100% "$HOME" it's\now.hcl`
	oddDirectory    = `/var/backups/redis/%d ${HOME} "a" it's \%h\\冬`
)

// A scheduledLine is one of what schedule list --json prints.
type scheduledLine struct {
	Name, Runbook, Calendar, By, Result, Run string
	Files                                    []string
	Active                                   bool
	Next, Last                               time.Time
}

// oddly puts backup.hcl under a name, and a directory beside it, that need care, and the
// password where systemd is to find it.
func (s *server) oddly(t *testing.T) {
	t.Helper()
	s.must(t, "cp", "/etc/redbook/backup.hcl", oddRunbook)
	s.must(t, "mkdir", "-p", oddDirectory)
	s.writeSecret(t)
}

func (s *server) writeSecret(t *testing.T) {
	t.Helper()
	if err := s.host.WriteFile(secretFile, s.setup.password+"\n", 0o600); err != nil {
		t.Fatal(err)
	}
}

// add schedules a runbook.
func (s *server) add(t *testing.T, runbook string, more ...string) outcome {
	t.Helper()
	return s.redbook(t, append(append([]string{"schedule", "add", runbook}, s.variables()...), more...)...)
}

func (s *server) listed(t *testing.T) (list []scheduledLine) {
	t.Helper()
	if err := json.Unmarshal([]byte(s.must(t, "redbook", "schedule", "list", "--json")), &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// eventually waits until there is nothing to wait for any more.
func (s *server) eventually(t *testing.T, what string, come func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !come() {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come\n%s\n%s", what, s.transcript, s.must(t, "journalctl", "--no-pager", "-n", "60"))
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// backups are the whole files of a directory of the host.
func (s *server) backups(dir string) []string {
	var paths []string
	entries, _ := os.ReadDir(s.host.Path(dir))
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".rdb") && !strings.HasPrefix(e.Name(), ".") {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths
}

// verified awaits a backup and has redbook read it from end to end.
func (s *server) verified(t *testing.T, dir string) string {
	t.Helper()
	s.eventually(t, "a backup in "+dir, func() bool { return len(s.backups(dir)) > 0 })
	o := s.redbook(t, "inspect", s.backups(dir)[0], "--get", "shapes:triangles")
	if o.code != 0 || !strings.Contains(o.printed, "3 sides") {
		return "a bad backup"
	}
	return "a good backup"
}

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

// leftOver lists what a schedule left on the host.
func (s *server) leftOver(t *testing.T) string {
	t.Helper()
	return s.must(t, "sh", "-c", "find /etc/systemd/system /etc/cron.d /var/lib/systemd/timers -name '*redbook*'; systemctl list-units --all --no-legend 'redbook*'")
}

// unitOf is the service of a schedule that list shows.
func unitOf(l scheduledLine) string { return filepath.Base(l.Files[0]) }

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
			s.eventually(t, "the end of a run", func() bool { l = s.listed(t)[0]; return l.Result != "running" })
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

// taken removes a schedule.
func (s *server) taken(t *testing.T, which ...string) string {
	t.Helper()
	o := s.redbook(t, append([]string{"schedule", "remove"}, which...)...)
	got := fmt.Sprintf("exit %d", o.code)
	if left := s.leftOver(t); left != "" {
		return got + ", left: " + left
	}
	return got + ", nothing left"
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
			return got + ", the run goes on to 0, " + cmpOr(s.leftOver(t), "nothing left")
		}}
}

func cmpOr(left, none string) string {
	if left == "" {
		return none
	}
	return "left: " + left
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

// sandboxed runs a restore as a schedule would: it stops and starts the server, or is its
// primary for a while.
func sandboxed(runbook string, set setup, variable string) scenario {
	return scenario{"scheduled " + runbook, set, "exit 0, success 0, backup data, AOF " + onOff(set.aof) + ", exit 0, nothing left", func(t *testing.T, s *server) string {
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
	s.must(t, "sh", "-c", "systemctl start "+unit+" || true")
	s.transcript += s.must(t, "journalctl", "--no-pager", "-o", "cat", "-n", "40", "-u", unit)
	return strings.Join(strings.Fields(s.must(t, "systemctl", "show", "-P", "Result", "-P", "ExecMainStatus", unit)), " ") + ", "
}

func sandboxedIncrements() scenario {
	return scenario{"scheduled backup-increments.hcl", setup{aof: true}, "exit 0, success 0, an increment, exit 0, nothing left", func(t *testing.T, s *server) string {
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

// cronFires waits for one minute of root's cron and of another user's.
func cronFires() scenario {
	return scenario{"schedule add --cron, names that need care, root and a user", setup{}, "exit 0, exit 0, a good backup, a run of sammy's, done, exit 0, exit 0, nothing left",
		func(t *testing.T, s *server) string {
			s.start(t)
			s.fill(t)
			s.oddly(t)
			s.must(t, "useradd", "-m", "-s", "/bin/sh", "sammy")
			runbook := "runbook {}\n\nvariable \"file\" {}\n\nstep \"exec\" \"touch\" {\n  argv = [\"touch\", var.file]\n  undo = [\"true\"]\n}\n"
			if err := s.host.WriteFile("/home/sammy/touch %.hcl", runbook, 0o644); err != nil {
				t.Fatal(err)
			}
			as := func(args ...string) outcome {
				command := []string{"runuser", "-u", "sammy", "--", "env", "HOME=/home/sammy", "redbook"}
				return s.on(t, append(command, args...)...)
			}
			got := fmt.Sprintf("exit %d", s.add(t, oddRunbook, "--cron", "--calendar", "minutely", "--var", "directory="+oddDirectory).code)
			got += fmt.Sprintf(", exit %d", as("schedule", "add", "/home/sammy/touch %.hcl", "--cron", "--calendar", "* * * * *", "--var", "file=/home/sammy/touched 100%").code)
			got += ", " + s.verified(t, oddDirectory)
			touched := s.host.Path("/home/sammy/touched 100%")
			s.eventually(t, "a run of sammy's", func() bool { _, err := os.Stat(touched); return err == nil })
			if strings.Contains(as("runs").printed, "touch %.hcl") {
				got += ", a run of sammy's"
			}
			l := s.listed(t)[0]
			if got += ", " + l.Result; !l.Active || l.Next.Sub(time.Now()) > time.Minute || l.By != "cron" {
				got += fmt.Sprintf(", listed as %+v", l)
			}
			got += fmt.Sprintf(", exit %d, ", as("schedule", "remove", "touch %").code) + s.taken(t, "--", l.Name)
			if left := s.must(t, "sh", "-c", "cat /var/spool/cron/crontabs/sammy"); strings.Contains(left, "redbook") {
				got += ", left in sammy's: " + left
			}
			return got
		}}
}

// on runs a command on the host and keeps what it printed.
func (s *server) on(t *testing.T, argv ...string) (o outcome) {
	t.Helper()
	out, err := s.host.Run(t.Context(), argv...)
	if err != nil {
		t.Fatal(err)
	}
	o.code, o.printed = out.Code, out.Stdout+out.Stderr
	s.transcript += fmt.Sprintf("$ %s\n%s(exit %d)\n", strings.Join(argv, " "), o.printed, o.code)
	return o
}
