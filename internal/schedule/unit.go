package schedule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// A Service is what systemd runs when a schedule is due.
type Service struct {
	Meta        Meta
	Argv        []string // the program by its absolute path
	After       []string // units that are to be up before, if they are to come up at all
	OnFailure   string   // unit to start when the command ends with another code than 0; "" for none
	Credentials []Credential
	Sandbox     Sandbox
}

// A Credential is a secret that systemd hands to the command as a file of that name.
type Credential struct{ Name, Path string }

// settings is the text of a unit file as it grows.
type settings struct {
	strings.Builder
	err error
}

func (s *settings) set(name, value string) { fmt.Fprintf(s, "%s=%s\n", name, value) }

// checked sets what could not be written, and keeps the first error.
func (s *settings) checked(name, value string, err error) {
	if err == nil {
		s.set(name, value)
	} else if s.err == nil {
		s.err = err
	}
}

func (s *settings) section(name string) { fmt.Fprintf(s, "\n[%s]\n", name) }

// head says whose the file is.
func (s *settings) head(unit string, m Meta) {
	fmt.Fprintf(s, "# Written by redbook schedule, which writes over changes: put yours into\n# %s.d/*.conf\n%s", unit, m.line())
}

// Text is the unit file.
func (v Service) Text() (string, error) {
	var s settings
	s.head(ServiceName(v.Meta.Name), v.Meta)
	s.section("Unit")
	s.checked("Description", "redbook run "+text(v.Meta.Runbook), checkPath(v.Meta.Runbook))
	if len(v.After) > 0 {
		s.set("After", strings.Join(v.After, " "))
	}
	if v.OnFailure != "" {
		s.set("OnFailure", v.OnFailure)
	}
	s.section("Service")
	s.set("Type", "oneshot")
	command, err := commandLine(v.Argv)
	s.checked("ExecStart", command, err)
	for _, c := range v.Credentials {
		path, err := credentialPath(c.Path)
		s.checked("LoadCredential", c.Name+":"+path, err)
	}
	v.Sandbox.write(&s)
	return s.String(), s.err
}

// A Timer says when a service is due.
type Timer struct {
	Meta  Meta
	Delay time.Duration // at most so much later; each machine has its own part of it
}

// Text is the unit file.
func (v Timer) Text() (string, error) {
	var s settings
	s.head(TimerName(v.Meta.Name), v.Meta)
	s.section("Unit")
	s.set("Description", "redbook schedule "+text(v.Meta.Name))
	s.section("Timer")
	s.checked("OnCalendar", v.Meta.Calendar, checkCalendar(v.Meta.Calendar))
	s.set("Persistent", "true") // a time at which the machine was off is made up for
	s.set("AccuracySec", "1s")  // the delay spreads the load; a minute of slack on top is of no use
	if v.Delay > 0 {
		s.set("RandomizedDelaySec", seconds(v.Delay))
		s.set("FixedRandomDelay", "true")
	}
	s.set("Unit", ServiceName(v.Meta.Name))
	s.section("Install")
	s.set("WantedBy", "timers.target")
	return s.String(), s.err
}

// checkCalendar refuses what would not stay one line, or one text.
func checkCalendar(calendar string) error {
	if calendar == "" || strings.ContainsAny(calendar, "\\%") || strings.ContainsFunc(calendar, unicode.IsControl) {
		return fmt.Errorf("%q is no calendar of systemd.time(7)", calendar)
	}
	return nil
}

// seconds writes a time span of systemd.time(7).
func seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s"
}

// A Sandbox is what the command may do besides reading. What it leaves out the
// command cannot.
type Sandbox struct {
	// Writable are the directories that it writes to.
	Writable []string
	// Open: it may write elsewhere as well, it is not known where. The directories of
	// the system alone are protected then.
	Open bool
	// OwnState: systemd makes its state directory, /var/lib/redbook.
	OwnState bool
	// SharedTmp: it uses files of others in /tmp or /var/tmp.
	SharedTmp bool
	// Commands: it runs programs that are not known.
	Commands bool
	// Outliving: what it started may live on when it is killed, and sees the network's interfaces.
	Outliving bool
}

// capabilities are what root's own work in other users' directories takes.
const capabilities = "CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_KILL"

func (b Sandbox) write(s *settings) {
	kill, families := "mixed", "AF_UNIX AF_INET AF_INET6"
	if b.Outliving {
		kill, families = "process", families+" AF_NETLINK"
	}
	s.set("KillMode", kill)
	s.set("UMask", "0077")
	if b.OwnState {
		s.set("StateDirectory", "redbook")
		s.set("StateDirectoryMode", "0700")
	}
	b.writeFiles(s)
	s.set("CapabilityBoundingSet", capabilities)
	s.set("RestrictAddressFamilies", families)
	for _, name := range []string{
		"NoNewPrivileges", "PrivateDevices", "ProtectClock", "ProtectControlGroups", "ProtectHostname",
		"ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables", "LockPersonality",
		"RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID",
	} {
		s.set(name, "yes")
	}
	s.set("SystemCallArchitectures", "native")
	s.set("SystemCallFilter", "@system-service")
	s.set("SystemCallErrorNumber", "EPERM")
	if !b.Commands {
		s.set("MemoryDenyWriteExecute", "yes")
	}
}

func (b Sandbox) writeFiles(s *settings) {
	if b.Open {
		s.set("ProtectSystem", "full")
	} else {
		s.set("ProtectSystem", "strict")
		s.set("ProtectHome", "read-only")
	}
	for _, dir := range slices.Compact(slices.Sorted(slices.Values(b.Writable))) {
		path, err := writablePath(dir)
		s.checked("ReadWritePaths", path, err)
	}
	if !b.SharedTmp {
		s.set("PrivateTmp", "yes")
	}
}
