package rdiff

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Program is the name of the executable.
const Program = "rdiff-backup"

// VersionArgs is the command that tells the version.
func VersionArgs() []string { return []string{Program, "--version"} }

// A CommandLine makes the commands of one version of the program.
type CommandLine struct {
	actions bool // since 2.1: rdiff-backup ACTION …
}

var versionLine = regexp.MustCompile(`\brdiff-backup (\d+)\.(\d+)`)

// ParseVersion chooses the command line by what --version prints.
func ParseVersion(printed string) (CommandLine, error) {
	m := versionLine.FindStringSubmatch(printed)
	if m == nil {
		return CommandLine{}, fmt.Errorf("rdiff-backup --version printed %q, which names no version", strings.TrimSpace(printed))
	}
	major, errMajor := strconv.Atoi(m[1])
	minor, errMinor := strconv.Atoi(m[2])
	if errMajor != nil || errMinor != nil {
		return CommandLine{}, fmt.Errorf("rdiff-backup --version printed %q, a version out of bounds", m[0])
	}
	return CommandLine{actions: major > 2 || major == 2 && minor >= 1}, nil
}

// Backup adds the directory from to a repository, which is made when it is not there.
func (c CommandLine) Backup(from, repository string) []string {
	options := []string{"--preserve-numerical-ids", "--no-file-statistics", from, repository}
	if !c.actions {
		return append([]string{Program}, options...)
	}
	return append([]string{Program, "--api-version", "201", "backup"}, options...)
}

// Verify reads all of an increment and compares it with the checksums in the repository.
func (c CommandLine) Verify(repository string, at time.Time) []string {
	if !c.actions {
		return []string{Program, "--verify-at-time", epoch(at), repository}
	}
	return []string{Program, "--api-version", "201", "verify", "--at", epoch(at), repository}
}

// Regress takes back a session that was cut off. It ends non-zero when it did so:
// look at the repository instead.
func (c CommandLine) Regress(repository string) []string {
	if !c.actions {
		return []string{Program, "--check-destination-dir", repository}
	}
	return []string{Program, "--api-version", "201", "regress", "--preserve-numerical-ids", repository}
}

// RemoveOlder removes the increments before a time, of which there must be one.
func (c CommandLine) RemoveOlder(repository string, before time.Time) []string {
	if !c.actions {
		return []string{Program, "--force", "--remove-older-than", epoch(before), repository}
	}
	return []string{Program, "--api-version", "201", "--force", "remove", "increments", "--older-than", epoch(before), repository}
}

// Restore makes to with what stood at path in the repository; path "" is all of it. The
// interface 201 of version 2.2 crashes as root when it restores, so this asks for 200.
func (c CommandLine) Restore(repository, path string, at time.Time, to string) []string {
	from := filepath.Join(repository, path)
	if !c.actions {
		return []string{Program, "--preserve-numerical-ids", "--restore-as-of", epoch(at), from, to}
	}
	return []string{Program, "--new", "--api-version", "200", "restore", "--preserve-numerical-ids", "--at", epoch(at), from, to}
}

// IsRemote tells whether the program would take a path for that of another host.
func IsRemote(path string) bool { return strings.Contains(path, "::") }

func epoch(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
