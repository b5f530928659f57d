package schedule

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// prefix begins the name of every file that a schedule has.
const prefix = "redbook-"

// maxUnitName is the length that systemd gives a unit's name, UNIT_NAME_MAX.
const maxUnitName = 255

// CheckName tells whether a schedule can have the name.
func CheckName(name string) error {
	switch {
	case name == "":
		return errors.New("the name of a schedule is empty")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Errorf("the name %q of a schedule holds bytes that are no text", name)
	case strings.Contains(name, "/"):
		return fmt.Errorf("the name %q of a schedule holds a slash", name)
	case len(TimerName(name)) > maxUnitName || len(ServiceName(name)) > maxUnitName:
		return fmt.Errorf("the name %.20q… of a schedule is too long for a unit", name)
	}
	return nil
}

// ServiceName is the service unit of a schedule. Different schedules have different ones.
func ServiceName(name string) string { return prefix + escape(name) + ".service" }

// TimerName is the timer unit of a schedule.
func TimerName(name string) string { return prefix + escape(name) + ".timer" }

// escape writes bytes that a unit's name cannot have as systemd-escape(1) does, \xNN. The
// dash stays as it is: nothing reads the name back as a path.
func escape(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		if isAlphanumeric(c) || strings.IndexByte(":_.-", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	return b.String()
}

// CronFile is the name of a schedule's file in /etc/cron.d, where cron passes over all
// names but those of letters, digits, - and _. Different schedules may have the same:
// the file says whose it is.
func CronFile(name string) string {
	return prefix + strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && (isAlphanumeric(byte(r)) || r == '-' || r == '_') {
			return r
		}
		return '_'
	}, name)
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

var unitSuffixes = []string{
	".service", ".target", ".socket", ".path", ".timer", ".mount", ".automount", ".swap", ".slice", ".scope", ".device",
}

// CompleteUnit checks the name of another unit, which may hold specifiers such as %n, and
// makes it one of a service where it names no type.
func CompleteUnit(unit string) (string, error) {
	bad := func(r rune) bool {
		return r >= utf8.RuneSelf || !isAlphanumeric(byte(r)) && !strings.ContainsRune(`:_.\@-%`, r)
	}
	if unit == "" || strings.HasPrefix(unit, "-") || strings.ContainsFunc(unit, bad) || strings.HasSuffix(unit, "%") {
		return "", fmt.Errorf("%q is no name of a unit: write it as alert.service or alert@%%n.service", unit)
	}
	for _, suffix := range unitSuffixes {
		if strings.HasSuffix(unit, suffix) {
			return unit, nil
		}
	}
	return unit + ".service", nil
}
