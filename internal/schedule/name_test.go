package schedule

import (
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	for name, want := range map[string]struct{ unit, cron string }{
		"backup":            {"redbook-backup.service", "redbook-backup"},
		"backup-increments": {"redbook-backup-increments.service", "redbook-backup-increments"},
		"a b":               {`redbook-a\x20b.service`, "redbook-a_b"},
		"-v.2":              {"redbook--v.2.service", "redbook--v_2"},
		"été":               {`redbook-\xc3\xa9t\xc3\xa9.service`, "redbook-_t_"},
		`100% $x "q"`:       {`redbook-100\x25\x20\x24x\x20\x22q\x22.service`, "redbook-100___x__q_"},
		`back\slash`:        {`redbook-back\x5cslash.service`, "redbook-back_slash"},
		"x@y":               {`redbook-x\x40y.service`, "redbook-x_y"},
	} {
		if err := CheckName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if got := ServiceName(name); got != want.unit {
			t.Errorf("service of %q: got %s, want %s", name, got, want.unit)
		}
		if got := CronFile(name); got != want.cron {
			t.Errorf("cron file of %q: got %s, want %s", name, got, want.cron)
		}
	}
	for _, name := range []string{"", "a/b", "a\nb", "\xff", strings.Repeat("é", 60)} {
		if CheckName(name) == nil {
			t.Errorf("%q is taken for a name", name)
		}
	}
}

func TestCompleteUnit(t *testing.T) {
	for unit, want := range map[string]string{
		"alert": "alert.service", "alert@%n.service": "alert@%n.service", "rescue.target": "rescue.target", `a\x20b@%N`: `a\x20b@%N.service`,
		"": "", "a b": "", "-x": "", "é": "", "a\nb": "", "x%": "",
	} {
		got, err := CompleteUnit(unit)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", unit, got, err, want)
		}
	}
}
