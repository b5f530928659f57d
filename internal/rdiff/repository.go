package rdiff

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Names in a repository.
const (
	DataDir       = "rdiff-backup-data"
	IncrementsDir = "increments" // in DataDir

	mirrorPrefix  = "current_mirror."
	sessionPrefix = "session_statistics."
	errorPrefix   = "error_log."
)

// A Marker is a file in DataDir whose name holds the time of a session.
type Marker struct {
	Time time.Time
	Name string
}

// A State is which sessions a repository holds, each list in the order of time.
type State struct {
	// Mirrors name the session that the mirror is of. Two of them: the newer session
	// was cut off, and regressing goes back to the older.
	Mirrors []Marker
	// Increments are the sessions that ended.
	Increments []Marker
	// Errors are the error logs.
	Errors []Marker
}

// ParseState sorts the names in DataDir.
func ParseState(names []string) State {
	var s State
	for _, name := range names {
		for prefix, list := range map[string]*[]Marker{
			mirrorPrefix: &s.Mirrors, sessionPrefix: &s.Increments, errorPrefix: &s.Errors,
		} {
			rest, ok := strings.CutPrefix(name, prefix)
			if !ok {
				continue
			}
			if at, ok := ParseTime(strings.TrimSuffix(strings.TrimSuffix(rest, ".gz"), ".data")); ok {
				*list = append(*list, Marker{at, name})
			}
		}
	}
	for _, list := range [][]Marker{s.Mirrors, s.Increments, s.Errors} {
		slices.SortFunc(list, func(a, b Marker) int { return cmp.Or(a.Time.Compare(b.Time), strings.Compare(a.Name, b.Name)) })
	}
	if len(s.Mirrors) > 0 { // a session that was cut off is none
		s.Increments = slices.DeleteFunc(s.Increments, func(m Marker) bool { return m.Time.After(s.Mirrors[0].Time) })
	}
	return s
}

// Interrupted tells whether the last session was cut off.
func (s State) Interrupted() bool {
	return len(s.Mirrors) > 1 || len(s.Mirrors) == 1 && len(s.Increments) == 0
}

// Newest is the last session that ended, nil when there is none.
func (s State) Newest() *time.Time {
	if len(s.Increments) == 0 {
		return nil
	}
	return &s.Increments[len(s.Increments)-1].Time
}

// At is the session whose state was current at a time, nil when all are later.
func (s State) At(at time.Time) *time.Time {
	for i := len(s.Increments) - 1; i >= 0; i-- {
		if !s.Increments[i].Time.After(at) {
			return &s.Increments[i].Time
		}
	}
	return nil
}

// Times are the increments' times, oldest first.
func (s State) Times() []time.Time {
	var times []time.Time
	for _, m := range s.Increments {
		times = append(times, m.Time)
	}
	return times
}

// HasIncrement tells whether one of the names beside an entry's place in IncrementsDir
// is an increment of the entry: it stood there at some time.
func HasIncrement(names []string, entry string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		rest, ok := strings.CutPrefix(name, entry+".")
		if !ok {
			return false
		}
		for _, suffix := range []string{".gz", ".diff", ".snapshot", ".missing", ".dir"} {
			rest = strings.TrimSuffix(rest, suffix)
		}
		_, ok = ParseTime(rest)
		return ok
	})
}

// MirrorName is the name that the marker of a session at a time would have, in the
// spelling of the session's own files.
func MirrorName(s State, at time.Time) string {
	for _, m := range s.Increments {
		if m.Time.Equal(at) {
			return mirrorPrefix + strings.TrimSuffix(strings.TrimPrefix(m.Name, sessionPrefix), ".gz")
		}
	}
	return mirrorPrefix + at.UTC().Format(time.RFC3339) + ".data"
}
