//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestSchedule waits for real timers to fire, and runs what they run in its sandbox.
func TestSchedule(t *testing.T) {
	t.Parallel()
	s := newServer(t, boot(t, "bookworm"), "bookworm", "redis")
	s.check(t, timerFires(), timerFails(), timerChanges(), timerRefuses(), timerUndone(), confined(),
		sandboxed("restore.hcl", setup{aof: true, password: scheduledSecret}, "service=redis-server.service"),
		sandboxed("restore-live.hcl", setup{}, "snapshot=/var/backups/redis/before.rdb"), sandboxedIncrements(), sandboxedTransfer())
}

// TestScheduleVersions does the same, in short, with the oldest and the newest systemd.
func TestScheduleVersions(t *testing.T) {
	t.Parallel()
	for _, suite := range []string{"bullseye", "trixie"} {
		t.Run(suite, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, boot(t, suite), suite, "redis")
			s.check(t, timerFires(), sandboxed("restore.hcl", setup{aof: true, password: scheduledSecret}, "service=redis-server.service"))
		})
	}
}

const (
	scheduledSecret = `p4$$ 100% "quoted" \n`
	secretFile      = "/etc/redbook/%d-password"
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

// leftOver lists what a schedule left on the host.
func (s *server) leftOver(t *testing.T) string {
	t.Helper()
	return s.must(t, "sh", "-c", "find /etc/systemd/system /etc/cron.d /var/lib/systemd/timers -name '*redbook*'; systemctl list-units --all --no-legend 'redbook*.timer'")
}

// unitOf is the service of a schedule that list shows.
func unitOf(l scheduledLine) string { return filepath.Base(l.Files[0]) }

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
