package rdiff

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// ParseTime reads the time in a file's name: 2026-11-25T20:43:12Z, with an offset such
// as +01:00 in place of Z, and hyphens for colons in repositories that Windows can hold.
func ParseTime(s string) (time.Time, bool) {
	b := []byte(s)
	for _, at := range []int{13, 16, 22} {
		if at < len(b) && b[at] == '-' {
			b[at] = ':'
		}
	}
	t, err := time.Parse(time.RFC3339, string(b))
	return t.UTC(), err == nil
}

var intervalPart = regexp.MustCompile(`^(\d{1,6})([smhDWMY])`)

// units are those of the program's manual: a month has 30 days, a year 365.
var units = map[string]time.Duration{
	"s": time.Second, "m": time.Minute, "h": time.Hour,
	"D": day, "W": 7 * day, "M": 30 * day, "Y": 365 * day,
}

const day = 24 * time.Hour

// maxInterval is a century: more of it would not fit a Duration for long.
const maxInterval = 100 * 365 * day

// ParseInterval reads a length of time as the program writes it: 30D, 1h78m, 2W.
func ParseInterval(s string) (time.Duration, error) {
	var sum time.Duration
	for rest := s; rest != ""; {
		m := intervalPart.FindStringSubmatch(rest)
		if m == nil {
			return 0, fmt.Errorf("%q is no length of time; write it as 30D, 2W or 1h30m, of s, m, h, D, W, M (30 days) and Y (365 days)", s)
		}
		n, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil || n > int64(maxInterval/units[m[2]]) {
			return 0, fmt.Errorf("%q is longer than a century", s)
		}
		if sum += time.Duration(n) * units[m[2]]; sum > maxInterval {
			return 0, fmt.Errorf("%q is longer than a century", s)
		}
		rest = rest[len(m[0]):]
	}
	if sum == 0 {
		return 0, fmt.Errorf("%q is no length of time; write it as 30D, 2W or 1h30m", s)
	}
	return sum, nil
}

// ParseAt reads which state is meant: "now", so long ago ("3D"), a day ("2026-11-25", its
// first moment in UTC), or a time ("2026-11-25T20:43:12Z").
func ParseAt(s string, now time.Time) (time.Time, error) {
	if s == "now" {
		return now, nil
	}
	if t, ok := ParseTime(s); ok {
		return t, nil
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, nil
	}
	if d, err := ParseInterval(s); err == nil {
		return now.Add(-d), nil
	}
	return time.Time{}, fmt.Errorf("%q is no time; write now, a length of time such as 3D, a day such as %s, or a time such as %s",
		s, "2026-11-25", "2026-11-25T20:43:12Z")
}
