package schedule

import (
	"strings"
	"testing"
	"time"
)

func TestCronNext(t *testing.T) {
	const layout = "2006-01-02 15:04"
	from := time.Date(2026, 11, 25, 22, 47, 30, 0, time.UTC) // a Wednesday
	for calendar, want := range map[string]string{
		"hourly":            "2026-11-25 23:00",
		"daily":             "2026-11-26 00:00",
		"Weekly":            "2026-11-30 00:00",
		"monthly":           "2026-12-01 00:00",
		"quarterly":         "2027-01-01 00:00",
		"yearly":            "2027-01-01 00:00",
		"* * * * *":         "2026-11-25 22:48",
		"*/20  * * * *":     "2026-11-25 23:00",
		"47 22 * * *":       "2026-11-26 22:47",
		"30 3 * * 1-5":      "2026-11-26 03:30",
		"30 3 * * sat,SUN":  "2026-11-28 03:30",
		"0 0 * * 7":         "2026-11-29 00:00",
		"0 0 29 2 *":        "2028-02-29 00:00",
		"0 12 1 jan-mar *":  "2027-01-01 12:00",
		"0 0 13 * 5":        "2026-11-27 00:00", // one of both days
		"0 0 */2 * 1":       "2026-12-07 00:00", // both, since one begins with *
		"5,10-20/5 4 * * *": "2026-11-26 04:05",
	} {
		c, err := ParseCron(calendar)
		if err != nil {
			t.Errorf("%q: %v", calendar, err)
			continue
		}
		if got := c.Next(from).Format(layout); got != want {
			t.Errorf("%q: got %s, want %s", calendar, got, want)
		}
	}
}

func TestParseCronRefuses(t *testing.T) {
	for calendar, want := range map[string]string{
		"":                 "write hourly",
		"Mon..Fri 03:00":   "write hourly",
		"*-*-* 03:00:00":   "write hourly",
		"* * * *":          "write hourly",
		"60 * * * *":       `minute: "60" is not between 0 and 59`,
		"* 24 * * *":       "hour",
		"* * 0 * *":        "day of the month",
		"* * * 13 *":       "month",
		"* * * * 8":        "day of the week",
		"* * * * monday":   "day of the week",
		"*/0 * * * *":      "step",
		"*/x * * * *":      "step",
		"5/10 * * * *":     "write */10 or 5-59/10",
		"20-10 * * * *":    "ends before it begins",
		"-5 * * * *":       "minute",
		"+5 * * * *":       "minute",
		"0 0 31 2 *":       "never comes",
		"* * * * * /bin/x": "write hourly",
	} {
		_, err := ParseCron(calendar)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", calendar, err, want)
		}
	}
}

// Summer time begins and ends within a day: the clock's times are those that count.
func TestCronNextInSummerTime(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	c, err := ParseCron("30 3 * * *")
	if err != nil {
		t.Fatal(err)
	}
	for from, want := range map[string]string{
		"2026-03-28 12:00": "2026-03-29T03:30:00+02:00",
		"2026-10-24 12:00": "2026-10-25T03:30:00+01:00",
	} {
		at, err := time.ParseInLocation("2006-01-02 15:04", from, berlin)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Next(at).Format(time.RFC3339); got != want {
			t.Errorf("after %s: got %s, want %s", from, got, want)
		}
	}
}
