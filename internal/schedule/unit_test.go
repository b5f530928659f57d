package schedule

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite testdata")

var odd = Meta{Name: `été 100% $x`, Runbook: `/srv/-été 100% "$HOME" it's\now.hcl`, Calendar: "*-*-* 03:30:00"}

func services() map[string]Service {
	plain := Meta{Name: "backup", Runbook: "/etc/redbook/backup.hcl", Calendar: "daily"}
	return map[string]Service{
		"plain": {
			Meta: plain, Argv: []string{"/bin/true", "run", plain.Runbook, "--yes"}, After: []string{"redis-server.service"},
			Sandbox: Sandbox{Writable: []string{"/var/tmp", "/tmp", "/var/tmp"}, OwnState: true},
		},
		"odd": {
			Meta: odd, Argv: []string{"/bin/true", "run", odd.Runbook, "--yes", "--var", `directory=/srv/%h ${HOME} \x "q"`}, OnFailure: "alert@%n.service",
			Credentials: []Credential{{"redis-password", `/etc/redbook/100%`}},
			Sandbox:     Sandbox{Writable: []string{`/tmp`}, Open: true, SharedTmp: true, Commands: true, Outliving: true},
		},
	}
}

func unitTexts(t *testing.T, v Service) map[string]string {
	t.Helper()
	service, err := v.Text()
	if err != nil {
		t.Fatal(err)
	}
	timer, err := Timer{Meta: v.Meta, Delay: 90500 * time.Millisecond}.Text()
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{ServiceName(v.Meta.Name): service, TimerName(v.Meta.Name): timer}
}

func TestUnits(t *testing.T) {
	for name, v := range services() {
		texts := unitTexts(t, v)
		for unit, got := range texts {
			path := filepath.Join("testdata", name+filepath.Ext(unit))
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil || got != string(want) {
				t.Errorf("%s, %v: got\n%s", path, err, got)
			}
			if m, ours := ParseMeta(got); !ours || m != v.Meta {
				t.Errorf("%s is read back as %+v, %v", unit, m, ours)
			}
		}
		verify(t, texts)
	}
}

// verify has systemd read the units, where it is installed. What it says of them is an error.
func verify(t *testing.T, texts map[string]string) {
	t.Helper()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		return
	}
	dir := t.TempDir()
	var paths []string
	for unit, text := range texts {
		path := filepath.Join(dir, unit)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	out, _ := exec.Command(analyze, append([]string{"verify", "--man=no", "--recursive-errors=no"}, paths...)...).CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, dir) || strings.Contains(line, "redbook-") {
			t.Errorf("systemd-analyze verify: %s", line)
		}
	}
}

func TestUnitsRefuse(t *testing.T) {
	m := Meta{Name: "x", Runbook: "/x.hcl", Calendar: "daily"}
	for name, v := range map[string]Service{
		"a path with a line break":       {Meta: m, Argv: []string{"/bin/true"}, Sandbox: Sandbox{Writable: []string{"/a\nb"}}},
		"a credential's path like that":  {Meta: m, Argv: []string{"/bin/true"}, Credentials: []Credential{{"x", "/a\nb"}}},
		"a program without its own path": {Meta: m, Argv: []string{"redbook"}},
		"a runbook with a line break":    {Meta: Meta{Name: "x", Runbook: "/a\nb"}, Argv: []string{"/bin/true"}},
	} {
		if text, err := v.Text(); err == nil {
			t.Errorf("%s: got\n%s", name, text)
		}
	}
	for _, calendar := range []string{"", "daily\nOnBootSec=1", `daily\`, "%h"} {
		if text, err := (Timer{Meta: Meta{Name: "x", Calendar: calendar}}).Text(); err == nil {
			t.Errorf("%q: got\n%s", calendar, text)
		}
	}
}

// A backslash at the end of a name does not swallow the line below.
func TestBackslashAtTheEnd(t *testing.T) {
	for unit, text := range unitTexts(t, Service{Meta: Meta{Name: `x\`, Runbook: `/x\`, Calendar: "daily"}, Argv: []string{"/bin/true", `\`}}) {
		if strings.Contains(text, "\\\n") {
			t.Errorf("%s has a line that goes on:\n%s", unit, text)
		}
	}
}

func TestForeignFiles(t *testing.T) {
	for _, content := range []string{"", "[Service]\n", "# redbook-schedule: \n", "# redbook-schedule: {}\n", "x # redbook-schedule: {\"name\":\"x\"}\n"} {
		if m, ours := ParseMeta(content); ours {
			t.Errorf("%q is taken for ours: %+v", content, m)
		}
	}
}
