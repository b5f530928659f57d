package ssh

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Target is a machine and how to reach it.
type Target struct {
	Destination string // as ssh takes it: host, user@host or ssh://user@host:port
	Config      string // path of a file in place of the user's configuration; "": that
}

// unsafe are the characters that mean something to a shell: a ProxyCommand puts the names of
// host and user into one.
const unsafe = "'\"`$\\;&<>|(){}*?!#~"

// CheckDestination refuses what ssh would take for something else than a machine, or what
// would put a password on its command line. The error is half a sentence that says what
// to write instead.
func CheckDestination(d string) error {
	switch {
	case d == "":
		return fmt.Errorf("is empty; give host, user@host or ssh://user@host:port")
	case strings.HasPrefix(d, "-"):
		return fmt.Errorf("is %q, which ssh would take for an option; give host, user@host or ssh://user@host:port", d)
	case !utf8.ValidString(d) || strings.ContainsFunc(d, odd) || strings.ContainsAny(d, unsafe):
		return fmt.Errorf("is %q; give host, user@host or ssh://user@host:port, without blanks and characters that mean something to a shell", d)
	case strings.HasPrefix(d, "ssh://"):
		return checkURL(d)
	}
	return checkName(d)
}

func odd(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }

func checkURL(d string) error {
	u, err := url.Parse(d)
	switch {
	case err != nil || u.Hostname() == "" || strings.HasPrefix(u.Hostname(), "-"):
		return fmt.Errorf("is not a destination; write it as ssh://user@host:port")
	case hasPassword(u):
		return fmt.Errorf("holds a password, which every user of this machine could read on ssh's command line; use a key")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("is %q; name the machine alone, the path has an argument of its own", d)
	}
	return nil
}

func hasPassword(u *url.URL) bool {
	_, has := u.User.Password()
	return has
}

func checkName(d string) error {
	user, name, hasUser := cutLast(d, "@")
	switch {
	case hasUser && (user == "" || strings.Contains(user, ":")):
		return fmt.Errorf("has no plain user name before its @; write user@host, without a password")
	case name == "" || strings.HasPrefix(name, "-"):
		return fmt.Errorf("is %q, which names no host; give host, user@host or ssh://user@host:port", d)
	case strings.Contains(name, "/"):
		return fmt.Errorf("is %q; name the machine alone, the path has an argument of its own", d)
	case strings.Count(name, ":") == 1:
		return fmt.Errorf("is %q; write a port as ssh://%s", d, d)
	}
	return nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return "", s, false
}

// Quote writes a word for a POSIX shell: it stands for itself, whatever is in it.
func Quote(word string) string {
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
