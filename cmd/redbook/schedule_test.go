package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redbook/internal/schedule"
)

// A run by systemd finds the value of a variable in the credential of its name.
func TestCredentialIsAVariable(t *testing.T) {
	dir := workDirectory(t)
	t.Setenv("CREDENTIALS_DIRECTORY", filepath.Join(dir, "credentials"))
	t.Setenv("REDBOOK_VAR_file", "")
	writeFile(t, filepath.Join(dir, "x.hcl"), "runbook {}\n\nvariable \"file\" {}\n\nstep \"exec\" \"x\" {\n  argv = [\"touch\", var.file]\n  undo = [\"true\"]\n}\n")
	mustRun(t, dir, exitUsage, "plan", "x.hcl")
	writeFile(t, filepath.Join(dir, "credentials", "file"), "made by a credential\n")
	if out := mustRun(t, dir, exitDone, "plan", "x.hcl"); !strings.Contains(out, "exec touch 'made by a credential'") && !strings.Contains(out, "made by a credential") {
		t.Errorf("got\n%s", out)
	}
	t.Setenv("REDBOOK_VAR_file", "the environment")
	if out := mustRun(t, dir, exitDone, "plan", "x.hcl"); !strings.Contains(out, "the environment") {
		t.Errorf("the environment does not win:\n%s", out)
	}
}

func TestSchedulesFit(t *testing.T) {
	at := time.Date(2026, 11, 25, 22, 47, 0, 0, time.UTC)
	long := strings.Repeat("long ", 10) + "name"
	list := []*scheduled{
		{Meta: schedule.Meta{Name: long, Runbook: "/etc/redbook/" + long + ".hcl", Calendar: "Mon,Tue,Wed,Thu,Fri *-*-01,02,03,04,05,06,07,08,09,10 03:30:00,04:30:00"}, By: bySystemd, Active: true, Next: at, Last: at, Result: "rolled back"},
		{Meta: schedule.Meta{Name: "backup", Runbook: "/etc/redbook/backup.hcl", Calendar: "30 3 * * 1-5"}, By: byCron, Files: []string{"/etc/cron.d/redbook-backup"}},
	}
	var out bytes.Buffer
	v := newTextView(&out, false)
	v.schedules(list)
	v.removed(list[1])
	v.added(list[1].Meta, []*scheduleFile{{path: "/etc/cron.d/redbook-backup", text: "x"}}, true, at)
	if long := tooLong(out.String()); long != "" {
		t.Errorf("this line is wider than 80 columns:\n%s", long)
	}
	for _, want := range []string{"rolled back", "stopped", "cron 30 3 * * 1-5", "/etc/redbook/backup.hcl"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not show %q:\n%s", want, out.String())
		}
	}
}

func TestMentionsTmp(t *testing.T) {
	for text, want := range map[string]bool{
		"/tmp": true, "/tmp/x": true, "x=/var/tmp/y": true, "unix:///tmp/redis.sock": true, `path = "/tmp"`: true,
		"/srv/tmp": false, "/tmpfs": false, "/var/lib/redis/tmp/x": false, "tmp": false, "/var/tmpx": false,
	} {
		if got := mentionsTmp([]string{text}); got != want {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

func TestCheckOwner(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a", "x.hcl")
	writeFile(t, path, "")
	if err := checkOwner(path); err != nil {
		t.Errorf("one's own: %v", err)
	}
	if err := os.Symlink(path, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for at, mode := range map[string]os.FileMode{path: 0o666, filepath.Dir(path): 0o777} {
		was, err := os.Stat(at)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(at, mode); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{path, filepath.Join(dir, "link")} {
			if err := checkOwner(name); err == nil || !strings.Contains(err.Error(), at) {
				t.Errorf("%s with mode %o: got %v", at, mode, err)
			}
		}
		if err := os.Chmod(at, was.Mode()); err != nil {
			t.Fatal(err)
		}
	}
}
