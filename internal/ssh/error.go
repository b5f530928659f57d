package ssh

import (
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
)

// An Error says that ssh did not get to a machine, or did not stay connected to it.
type Error struct {
	Destination string
	Problem     string   // ssh's own words where it had some
	Remedy      string   // what to do; "" when nobody knows
	Lines       []string // what ssh printed last, oldest first
	Err         error
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("ssh " + e.Destination + ": " + e.Problem)
	if e.Remedy != "" {
		b.WriteString("\n" + e.Remedy)
	}
	if len(e.Lines) > 1 { // one line is the problem itself
		for _, l := range e.Lines {
			b.WriteString("\n  | " + l)
		}
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// remedies are what to do about what ssh says. The first that is said counts.
var remedies = []struct{ said, remedy string }{
	{"REMOTE HOST IDENTIFICATION HAS CHANGED", "the machine shows another key than known_hosts has: another machine answers, or it was set up anew; if that is known to be so, remove the old key with ssh-keygen -R HOST and connect once by hand"},
	{"Host key verification failed", "its key is not in known_hosts: connect once by hand as this user (ssh DESTINATION), compare the fingerprint, and answer yes"},
	{"Permission denied (", "no key of this user is accepted there: try ssh -oBatchMode=yes DESTINATION as this user; a key with a passphrase needs an agent (under sudo: sudo --preserve-env=SSH_AUTH_SOCK), and passwords are never asked for"},
	{"Could not resolve hostname", "check the name, or give it a HostName in the ssh configuration"},
	{"Connection refused", "check host and port, and that sshd runs there"},
	{"subsystem request failed", "sshd there offers no sftp: it needs a line such as Subsystem sftp internal-sftp"},
	{"timed out", "check that it is up, and that no firewall is between"},
	{"No route to host", "check that it is up, and the network between"},
	{"Bad owner or permissions on", "ssh refuses its configuration: mend owner and mode of that file"},
	{"Can't open user config file", "check the path of the ssh configuration"},
}

// explain makes an *Error of what ssh printed before it ended.
func (t Target) explain(err error, lines []string) error {
	e := &Error{Destination: t.Destination, Problem: err.Error(), Lines: lines, Err: err}
	if errors.Is(err, exec.ErrNotFound) {
		e.Problem, e.Remedy = "there is no ssh on this machine", "install it (openssh-client)"
		return e
	}
	said := strings.Join(lines, "\n")
	for _, r := range remedies {
		if strings.Contains(said, r.said) {
			e.Remedy = strings.NewReplacer("DESTINATION", t.Destination, "HOST", t.Destination).Replace(r.remedy)
			i := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, r.said) })
			e.Problem = strings.Trim(lines[i], "@ ")
			return e
		}
	}
	switch {
	case len(lines) > 0:
		e.Problem += ": " + lines[len(lines)-1]
	case !errors.Is(err, io.EOF):
		e.Remedy = "what answers there is no SFTP server, or something prints before it (.bashrc): sftp DESTINATION must work by hand"
	}
	return e
}
