package schedule

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxCommand is how much of a command every cron takes; Vixie cron cuts the rest off.
const maxCommand = 990

// searchPath is where programs are looked for: cron itself has but /usr/bin and /bin.
const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// CronCommand writes a line for a shell, in which backslashes stand within single quotes or
// before one alone, as cron wants it: a % of its own would end the line, and a backslash
// before it, in Vixie cron also before another one, would be taken away.
func CronCommand(line string) (string, error) {
	if !utf8.ValidString(line) || strings.ContainsFunc(line, unicode.IsControl) {
		return "", fmt.Errorf("a line of a crontab cannot hold a value with line breaks or the like: give it with --var-file")
	}
	var b strings.Builder
	for i, c := range []byte(line) {
		if c == '%' {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
		if c == '\\' && i+1 < len(line) && (line[i+1] == '\\' || line[i+1] == '%') {
			b.WriteString("''")
		}
	}
	if b.Len() > maxCommand {
		return "", fmt.Errorf("the command is longer than the %d bytes that cron takes: give values with --var-file", maxCommand)
	}
	return b.String(), nil
}

// CronText is a file of /etc/cron.d that runs a command as root, which gets by mail
// what the command prints. The command is one that CronCommand wrote.
func CronText(m Meta, c Cron, command string) string {
	return "# Written by redbook schedule, which writes over changes.\n" + m.line() +
		"SHELL=/bin/sh\nPATH=" + searchPath + "\nMAILTO=root\n" +
		c.Fields + " root " + command + "\n"
}

// A UserCrontab is a user's own crontab: the lines of our schedules and those of others.
type UserCrontab string

// Entry is a schedule's two lines: the marker, and the command below it.
func Entry(m Meta, c Cron, command string) string {
	return m.line() + c.Fields + userPath + command + "\n"
}

// userPath tells the line below a marker from one that a person put there.
const userPath = " PATH=" + searchPath + " "

// Schedules are those of the crontab, in its order.
func (u UserCrontab) Schedules() (list []Meta) {
	for line := range strings.Lines(string(u)) {
		if m, ours := parseLine(line); ours {
			list = append(list, m)
		}
	}
	return list
}

// Lookup returns the entry of a schedule, "" when there is none.
func (u UserCrontab) Lookup(name string) string {
	entry, _ := u.split(name)
	return entry
}

// With returns the crontab with an entry in place of the one that the schedule has.
func (u UserCrontab) With(name, entry string) UserCrontab {
	_, rest := u.split(name)
	if rest != "" && !strings.HasSuffix(rest, "\n") {
		rest += "\n"
	}
	return UserCrontab(rest + entry)
}

// split takes a schedule's lines out.
func (u UserCrontab) split(name string) (entry, rest string) {
	inside := false
	for line := range strings.Lines(string(u)) {
		m, ours := parseLine(line)
		switch {
		case ours && m.Name == name:
			entry, inside = entry+line, true
		case inside && strings.Contains(line, userPath):
			entry, inside = entry+line, false
		default:
			rest, inside = rest+line, false
		}
	}
	return entry, rest
}
