package schedule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Cron is a time specification of crontab(5): five sets of numbers.
type Cron struct {
	Fields string // as a crontab has them
	sets   [5]uint64
	// A day must be in both of its sets where one of them begins with *, else in one.
	everyDay, everyWeekday bool
}

// words are the calendars of systemd.time(7) that cron can have too.
var words = map[string]string{
	"minutely": "* * * * *", "hourly": "0 * * * *", "daily": "0 0 * * *", "weekly": "0 0 * * 1", "monthly": "0 0 1 * *",
	"quarterly": "0 0 1 1,4,7,10 *", "semiannually": "0 0 1 1,7 *", "yearly": "0 0 1 1 *", "annually": "0 0 1 1 *",
}

// A cronField is one of the five.
type cronField struct {
	name        string
	first, last int
	names       []string // of the numbers from first on
}

var cronFields = [5]cronField{
	{"minute", 0, 59, nil},
	{"hour", 0, 23, nil},
	{"day of the month", 1, 31, nil},
	{"month", 1, 12, []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
	{"day of the week", 0, 7, []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
}

// ParseCron reads a calendar for cron: one of systemd's words, or five fields.
func ParseCron(calendar string) (Cron, error) {
	c := Cron{Fields: strings.Join(strings.Fields(calendar), " ")}
	if fields, ok := words[strings.ToLower(c.Fields)]; ok {
		c.Fields = fields
	}
	list := strings.Split(c.Fields, " ")
	if len(list) != len(cronFields) {
		return c, fmt.Errorf("cron cannot have the calendar %q: write hourly, daily, weekly or monthly, or five fields such as '30 3 * * 1-5' (crontab(5))", calendar)
	}
	for i, f := range cronFields {
		set, err := f.parse(list[i])
		if err != nil {
			return c, fmt.Errorf("the calendar %q of cron: %s: %w (crontab(5))", calendar, f.name, err)
		}
		c.sets[i] = set
	}
	if c.sets[4]&(1<<7) != 0 { // Sunday
		c.sets[4] |= 1
	}
	c.everyDay, c.everyWeekday = strings.HasPrefix(list[2], "*"), strings.HasPrefix(list[4], "*")
	if c.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return c, fmt.Errorf("the calendar %q of cron never comes: no such month has such a day", calendar)
	}
	return c, nil
}

// parse reads a list of numbers, ranges and steps.
func (f cronField) parse(list string) (set uint64, err error) {
	for part := range strings.SplitSeq(list, ",") {
		span, step, stepped := strings.Cut(part, "/")
		every := 1
		if stepped {
			if every, err = strconv.Atoi(step); err != nil || every < 1 {
				return 0, fmt.Errorf("the step of %q is no number above 0", part)
			}
		}
		first, last := f.first, f.last
		if span != "*" {
			from, to, isRange := strings.Cut(span, "-")
			if first, err = f.number(from); err != nil {
				return 0, err
			}
			last = first
			if isRange {
				last, err = f.number(to)
			} else if stepped {
				return 0, fmt.Errorf("%q has a step and no range: write */%s or %s-%d/%s", part, step, from, f.last, step)
			}
			if err != nil {
				return 0, err
			}
		}
		if last < first {
			return 0, fmt.Errorf("%q ends before it begins", part)
		}
		for n := first; n <= last; n += every {
			set |= 1 << n
		}
	}
	return set, nil
}

func (f cronField) number(s string) (int, error) {
	if at := slices.Index(f.names, strings.ToLower(s)); at >= 0 {
		return f.first + at, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < f.first || n > f.last || strings.HasPrefix(s, "+") {
		return 0, fmt.Errorf("%q is not between %d and %d", s, f.first, f.last)
	}
	return n, nil
}

func (c Cron) has(field, n int) bool { return c.sets[field]&(1<<n) != 0 }

func (c Cron) onDay(t time.Time) bool {
	day, weekday := c.has(2, t.Day()), c.has(4, int(t.Weekday()))
	switch {
	case !c.has(3, int(t.Month())):
		return false
	case c.everyDay || c.everyWeekday:
		return day && weekday
	}
	return day || weekday
}

// Next is the first time after t, in t's own zone; the zero Time when there is none.
func (c Cron) Next(t time.Time) time.Time {
	t = t.Truncate(time.Minute).Add(time.Minute)
	end := t.AddDate(9, 0, 0) // a 29th of February is at most eight years away
	for t.Before(end) {
		switch y, m, d := t.Date(); {
		case !c.onDay(t):
			t = time.Date(y, m, d+1, 0, 0, 0, 0, t.Location())
		case !c.has(1, t.Hour()):
			t = t.Add(time.Duration(60-t.Minute()) * time.Minute)
		case !c.has(0, t.Minute()):
			t = t.Add(time.Minute)
		default:
			return t
		}
	}
	return time.Time{}
}
