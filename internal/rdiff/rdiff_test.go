package rdiff

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func at(t *testing.T, s string) time.Time {
	t.Helper()
	parsed, ok := ParseTime(s)
	if !ok {
		t.Fatalf("%q is no time", s)
	}
	return parsed
}

func TestParseTime(t *testing.T) {
	want := time.Date(2026, 11, 25, 20, 43, 12, 0, time.UTC)
	for _, s := range []string{
		"2026-11-25T20:43:12Z", "2026-11-25T21:43:12+01:00", "2026-11-25T20-43-12Z",
		"2026-11-25T15-43-12-05-00", "2026-11-25T15:43:12-05:00",
	} {
		if got, ok := ParseTime(s); !ok || !got.Equal(want) {
			t.Errorf("ParseTime(%q) = %v, %t, want %v", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "2026-11-25", "2026-13-25T20:43:12Z", "now"} {
		if got, ok := ParseTime(s); ok {
			t.Errorf("ParseTime(%q) = %v, want none", s, got)
		}
	}
}

func TestParseInterval(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"30D": 30 * day, "1h78m": time.Hour + 78*time.Minute, "2W": 14 * day, "1M": 30 * day, "1Y1s": 365*day + time.Second,
	} {
		if got, err := ParseInterval(s); err != nil || got != want {
			t.Errorf("ParseInterval(%q) = %v, %v, want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "0D", "D", "30d", "30", "-3D", "3D ", "101Y", "999999Y", "99Y99Y"} {
		if got, err := ParseInterval(s); err == nil {
			t.Errorf("ParseInterval(%q) = %v, want an error", s, got)
		}
	}
}

func TestParseAt(t *testing.T) {
	now := at(t, "2026-11-25T20:43:12Z")
	for s, want := range map[string]string{
		"now": "2026-11-25T20:43:12Z", "3D": "2026-11-22T20:43:12Z", "2026-11-01": "2026-11-01T00:00:00Z",
		"2026-11-01T03:04:05+01:00": "2026-11-01T02:04:05Z",
	} {
		if got, err := ParseAt(s, now); err != nil || !got.Equal(at(t, want)) {
			t.Errorf("ParseAt(%q) = %v, %v, want %s", s, got, err, want)
		}
	}
	if _, err := ParseAt("yesterday", now); err == nil || !strings.Contains(err.Error(), "such as 3D") {
		t.Errorf(`ParseAt("yesterday"): %v`, err)
	}
}

func TestParseState(t *testing.T) {
	const first, second = "2026-11-25T20:43:11Z", "2026-11-25T20:43:12Z"
	for name, c := range map[string]struct {
		names       []string
		newest      string
		interrupted bool
		increments  int
	}{
		"empty":             {nil, "", false, 0},
		"one":               {[]string{"current_mirror." + first + ".data", "session_statistics." + first + ".data", "backup.log"}, first, false, 1},
		"two":               {[]string{"session_statistics." + second + ".data", "session_statistics." + first + ".data.gz", "current_mirror." + second + ".data"}, second, false, 2},
		"cut off":           {[]string{"current_mirror." + second + ".data", "session_statistics." + second + ".data", "session_statistics." + first + ".data", "current_mirror." + first + ".data"}, first, true, 1},
		"the first cut off": {[]string{"current_mirror." + first + ".data"}, "", true, 0},
	} {
		s := ParseState(c.names)
		var newest string
		if s.Newest() != nil {
			newest = s.Newest().Format(time.RFC3339)
		}
		if newest != c.newest || s.Interrupted() != c.interrupted || len(s.Times()) != c.increments {
			t.Errorf("%s: newest %q, interrupted %t, %d increments; want %q, %t, %d", name, newest, s.Interrupted(), len(s.Times()), c.newest, c.interrupted, c.increments)
		}
	}
}

func TestStateAt(t *testing.T) {
	s := ParseState([]string{"session_statistics.2026-11-25T20:43:11Z.data", "session_statistics.2026-11-26T20:43:12Z.data"})
	for when, want := range map[string]string{
		"2026-11-25T20:43:10Z": "", "2026-11-25T20:43:11Z": "2026-11-25T20:43:11Z",
		"2026-11-26T20:43:11Z": "2026-11-25T20:43:11Z", "2027-01-01T00:00:00Z": "2026-11-26T20:43:12Z",
	} {
		got := ""
		if found := s.At(at(t, when)); found != nil {
			got = found.Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("at %s: %q, want %q", when, got, want)
		}
	}
}

func TestHasIncrement(t *testing.T) {
	names := []string{"a b.2026-11-25T20:44:54Z.diff.gz", "sub.2026-11-25T20:44:54Z.dir", "x.rdb.2026-11-25T20:44:54Z.snapshot"}
	for entry, want := range map[string]bool{"a b": true, "sub": true, "x.rdb": true, "x": false, "a": false} {
		if got := HasIncrement(names, entry); got != want {
			t.Errorf("HasIncrement(%q) = %t, want %t", entry, got, want)
		}
	}
}

func TestComplaints(t *testing.T) {
	stderr := "WARNING: UpdateError: 'big' Updated mirror temp file\n         does not match source\nplain\n  set in\n"
	want := []string{"WARNING: half", "WARNING: UpdateError: 'big' Updated mirror temp file", "does not match source"}
	if diff := cmp.Diff(want, Complaints("NOTE:    from source path /errors\nWARNING: half\n", stderr)); diff != "" {
		t.Errorf("complaints (-want +got):\n%s", diff)
	}
	if got := Complaints("", "UpdateError big does not match source\n"); len(got) != 1 {
		t.Errorf("a complaint of version 1: %q", got)
	}
}

func TestCommandLines(t *testing.T) {
	when := time.Unix(1700000000, 0)
	commands := func(c CommandLine) (all []string) {
		for _, args := range [][]string{
			c.Backup("/a b", "/r"), c.Verify("/r", when), c.Regress("/r"), c.RemoveOlder("/r", when), c.Restore("/r", "x", when, "/to"),
		} {
			all = append(all, strings.Join(args[1:], " "))
		}
		return all
	}
	old := []string{
		"--preserve-numerical-ids --no-file-statistics /a b /r",
		"--verify-at-time 1700000000 /r",
		"--check-destination-dir /r",
		"--force --remove-older-than 1700000000 /r",
		"--preserve-numerical-ids --restore-as-of 1700000000 /r/x /to",
	}
	actions := []string{
		"--api-version 201 backup --preserve-numerical-ids --no-file-statistics /a b /r",
		"--api-version 201 verify --at 1700000000 /r",
		"--api-version 201 regress --preserve-numerical-ids /r",
		"--api-version 201 --force remove increments --older-than 1700000000 /r",
		"--new --api-version 200 restore --preserve-numerical-ids --at 1700000000 /r/x /to",
	}
	for printed, want := range map[string][]string{
		"rdiff-backup 1.2.8\n": old, "rdiff-backup 2.0.5": old, "rdiff-backup 2.1.0": actions, "rdiff-backup 2.2.2\n": actions, "rdiff-backup 3.0": actions,
	} {
		c, err := ParseVersion(printed)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, commands(c)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", printed, diff)
		}
	}
	if _, err := ParseVersion("command not found"); err == nil {
		t.Error("a version is found in no version")
	}
}
