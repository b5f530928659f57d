//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// TestCron waits for a real cron, beside the timers.
func TestCron(t *testing.T) {
	t.Parallel()
	s := newServer(t, boot(t, "bookworm"), "bookworm", "redis")
	s.check(t, cronFires())
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
			if got += ", " + l.Result; !l.Active || time.Until(l.Next) > time.Minute || l.By != "cron" {
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
