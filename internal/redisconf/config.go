// Package redisconf reads and edits redis.conf as Redis itself does, so that a planned start and an
// edit mean to redbook what they will mean to the server.
//
// The format is specified by the server's source alone: loadServerConfigFromString in config.c and
// sdssplitargs in sds.c (read for 6.2 and 7.0). The package knows files only through the functions it is
// given, and nothing of a running server: options on the server's command line and CONFIG SET override
// what stands in the files.
package redisconf

import (
	"path/filepath"
	"strings"
)

// Config is a configuration file with all that it includes. It does not change: Set returns what to
// write, and Load reads it back.
type Config struct {
	path       string
	directives []Directive // in the order in which Redis reads them
	files      []string
	contents   map[string][]byte
	globbed    map[string][]string // by pattern; nil if patterns have no meaning
	dir        string
}

// Directive is one line that is neither blank nor a comment.
type Directive struct {
	File string   // as opened: relative only if the main file is, or if it was included before any dir
	Line int      // from 1
	Name string   // in lower case, and the name of today where Redis knows an old one (slaveof: replicaof)
	Args []string // without quotes; the one argument of `bind "a b"` and its like is split as Redis splits it

	text       string // the raw line without its newline
	offset     int    // of text in File
	argsStart  int    // in text
	argsEnd    int
	runsInto   string // the next file of an include, if this line has no newline and goes on there
	hasNewline bool
}

// All returns every line that sets name, in the order read.
func (c *Config) All(name string) []Directive {
	var all []Directive
	for _, d := range c.directives {
		if d.Name == Canonical(name) {
			all = append(all, d)
		}
	}
	return all
}

// Value returns the arguments that are in effect for name: the last line wins. For save, whose lines add up,
// it is all points in one list, or one empty string for no point. For the other directives
// that add up (see Accumulates) it is the last line's; use All. ok is false if no line sets name.
func (c *Config) Value(name string) (args []string, ok bool) {
	all := c.All(name)
	if len(all) == 0 {
		return nil, false
	}
	if Canonical(name) == "save" {
		return savedArgs(all), true
	}
	return all[len(all)-1].Args, true
}

// Lookup returns the value in effect for name, or the compiled-in default, as CONFIG GET gives it: several
// arguments joined by spaces, yes and no and names of policies in lower case, memory in bytes. It is
// empty for a directive that stands nowhere and has no default here. For dir, see Dir.
func (c *Config) Lookup(name string) string {
	args, ok := c.Value(name)
	if !ok {
		value, _ := Default(name)
		return value
	}
	return normalize(name, strings.Join(args, " "))
}

// Bool says whether name is yes.
func (c *Config) Bool(name string) bool { return c.Lookup(name) == "yes" }

// Files returns the files that were read, each once, in the order of the first reading.
func (c *Config) Files() []string { return append([]string(nil), c.files...) }

// Dir returns the directory in which the server works once it has read its configuration. Redis changes
// directory at each dir line, so a relative one counts from the last. The result is relative ("." if no
// line sets dir) to the directory in which the server is started: "/" for a systemd unit without WorkingDirectory.
func (c *Config) Dir() string {
	if c.dir == "" {
		return "."
	}
	return filepath.Clean(c.dir)
}
