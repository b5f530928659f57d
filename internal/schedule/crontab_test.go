package schedule

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// vixie and cronie do to a command what each does before the shell gets it (do_command.c):
// the first line of what they hand on.
func vixie(command string) string  { return unescapeCron(command, `%\`) }
func cronie(command string) string { return unescapeCron(command, `%`) }

func unescapeCron(command, escapable string) string {
	var b strings.Builder
	escaped := false
	for _, c := range []byte(command) {
		switch {
		case escaped:
			escaped = false
			if strings.IndexByte(escapable, c) < 0 {
				b.WriteByte('\\')
			}
			b.WriteByte(c)
		case c == '\\':
			escaped = true
		case c == '%':
			return b.String()
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// What stands in a crontab comes through either cron and a real shell as it was.
func TestCronCommand(t *testing.T) {
	for _, word := range []string{
		"plain", "100%", "%", "%%", `\%`, `\\%`, `a\b`, `\\`, `\\\`, `ends\`, "$HOME", "it's", `it\'s %d`, `"q"`, "été 冬", "#x", "a\\'%\\\\'",
	} {
		quoted := "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		command, err := CronCommand("printf %s " + quoted)
		if err != nil {
			t.Errorf("%q: %v", word, err)
			continue
		}
		for name, cron := range map[string]func(string) string{"vixie": vixie, "cronie": cronie} {
			got, err := exec.Command("sh", "-c", cron(command)).CombinedOutput()
			if err != nil || string(got) != word {
				t.Errorf("%s: %q comes through as %q, %v; the crontab has %s", name, word, got, err, command)
			}
		}
	}
	for name, line := range map[string]string{"a line break": "a\nb", "bytes": "\xff", "length": strings.Repeat("x", 1000)} {
		if command, err := CronCommand(line); err == nil {
			t.Errorf("%s: got %s", name, command)
		}
	}
}

func TestCronText(t *testing.T) {
	c, err := ParseCron("daily")
	if err != nil {
		t.Fatal(err)
	}
	m := Meta{Name: "a b", Runbook: "/etc/a b.hcl", Calendar: "daily", StateDir: "/srv/state"}
	got := CronText(m, c, "redbook run x")
	want := `# Written by redbook schedule, which writes over changes.
# redbook-schedule: {"name":"a b","runbook":"/etc/a b.hcl","calendar":"daily","state_dir":"/srv/state"}
SHELL=/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
MAILTO=root
0 0 * * * root redbook run x
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if back, ours := ParseMeta(got); !ours || back != m {
		t.Errorf("it is read back as %+v, %v", back, ours)
	}
}

// The lines of others stay as they are, in their order.
func TestUserCrontab(t *testing.T) {
	c, err := ParseCron("daily")
	if err != nil {
		t.Fatal(err)
	}
	entry := func(name, command string) string {
		return Entry(Meta{Name: name, Runbook: "/" + name, Calendar: "daily"}, c, command)
	}
	const others = "MAILTO=me\n# comment\n5 * * * * mine\n"
	u := UserCrontab(others).With("a", entry("a", "one")).With("b", entry("b", "two"))
	if want := others + entry("a", "one") + entry("b", "two"); string(u) != want {
		t.Errorf("got\n%swant\n%s", u, want)
	}
	if got, want := u.Lookup("b"), entry("b", "two"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var names []string
	for _, m := range u.Schedules() {
		names = append(names, m.Name)
	}
	if diff := cmp.Diff([]string{"a", "b"}, names); diff != "" {
		t.Error(diff)
	}
	u = u.With("a", entry("a", "three"))
	if want := others + entry("b", "two") + entry("a", "three"); string(u) != want {
		t.Errorf("got\n%swant\n%s", u, want)
	}
	if got := u.With("a", "").With("b", ""); string(got) != others {
		t.Errorf("got\n%swant\n%s", got, others)
	}
	unended := UserCrontab("5 * * * * mine")
	if got, want := unended.With("a", entry("a", "one")), "5 * * * * mine\n"+entry("a", "one"); string(got) != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	marker, _, _ := strings.Cut(entry("a", "one"), "\n")
	edited := UserCrontab(marker + "\n5 * * * * mine\n")
	if got := edited.With("a", ""); string(got) != "5 * * * * mine\n" {
		t.Errorf("a line that a person put below a marker: got\n%s", got)
	}
}
