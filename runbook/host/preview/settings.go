package preview

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"redbook/internal/redisconf"
	"redbook/runbook/host"
)

// settings are the options that decide what a server loads and writes.
type settings struct {
	dir        string
	dump       string // path
	aof        string // path: a directory since 7.0, one file before
	aofName    string // appendfilename
	appendOnly bool
	save       string // the save points; with none a stop writes no dump
	preamble   bool   // whether a rewritten AOF begins with a dump
	databases  int

	config *redisconf.Config // nil when they are a running server's own word
}

// settings returns the running server's, or those in the config file of one
// that is down.
func (s *server) settings(ctx context.Context) (settings, error) {
	serving, err := s.serving(ctx)
	if err != nil {
		return settings{}, err
	}
	if !serving {
		return s.configured(ctx)
	}
	d, err := s.describeReal(ctx)
	if err != nil {
		return settings{}, err
	}
	return newSettings(d, func(name string) (string, error) { return s.Option(ctx, name) })
}

// configured reads the config file as the picture has it.
func (s *server) configured(ctx context.Context) (settings, error) {
	d, err := s.describeReal(ctx)
	if err != nil {
		return settings{}, err
	}
	if d.Config == "" {
		return settings{}, fmt.Errorf("redis %q was started without a config file that can be found, so what it would load is not known; give the redis block a config", s.name)
	}
	p := s.picture
	conf, err := redisconf.Load(d.Config,
		func(path string) ([]byte, error) { return host.ReadFile(p, path, host.MaxConfigSize) },
		func(pattern string) ([]string, error) { return host.Glob(p, pattern) })
	if err != nil {
		return settings{}, fmt.Errorf("read the config of redis %q: %w", s.name, err)
	}
	major, _ := version(d)
	set, err := newSettings(d, func(name string) (string, error) {
		switch name {
		case "dir":
			return configDir(conf, d), nil
		case "save":
			return configSave(conf, major)
		}
		return conf.Lookup(name), nil
	})
	set.config = conf
	return set, err
}

// configDir is the data directory; one that is relative to where the service
// starts is what it was for the real server.
func configDir(conf *redisconf.Config, d host.Description) string {
	if dir := conf.Dir(); filepath.IsAbs(dir) {
		return dir
	}
	return d.Dir
}

func configSave(conf *redisconf.Config, major int) (string, error) {
	points, err := conf.SavePoints(major)
	var words []string
	for _, p := range points {
		words = append(words, strconv.FormatInt(p.Seconds, 10), strconv.FormatInt(p.Changes, 10))
	}
	return strings.Join(words, " "), err
}

func newSettings(d host.Description, get func(name string) (string, error)) (settings, error) {
	values := map[string]string{}
	names := []string{"dir", "dbfilename", "appendonly", "appendfilename", "save", "aof-use-rdb-preamble", "databases"}
	if d.MultiPart {
		names = append(names, "appenddirname")
	}
	for _, name := range names {
		v, err := get(name)
		if err != nil {
			return settings{}, err
		}
		values[name] = v
	}
	databases, err := strconv.Atoi(values["databases"])
	if err != nil {
		return settings{}, fmt.Errorf("databases %q is not a number", values["databases"])
	}
	set := settings{
		dir:        values["dir"],
		dump:       filepath.Join(values["dir"], values["dbfilename"]),
		aofName:    values["appendfilename"],
		aof:        filepath.Join(values["dir"], values["appendfilename"]),
		appendOnly: values["appendonly"] == "yes",
		save:       values["save"],
		preamble:   values["aof-use-rdb-preamble"] == "yes",
		databases:  databases,
	}
	if d.MultiPart {
		set.aof = filepath.Join(set.dir, values["appenddirname"])
	}
	return set, nil
}

// option is CONFIG GET name right after a start with these settings.
func (set *settings) option(name string) (value string, known bool) {
	switch name = redisconf.Canonical(name); name {
	case "dir":
		return set.dir, true
	case "save":
		return set.save, true // the default depends on the version
	}
	if _, ok := set.config.Value(name); !ok {
		if _, ok := redisconf.Default(name); !ok {
			return "", false
		}
	}
	return set.config.Lookup(name), true
}

// version returns the parts of a version such as 7.0.15; 0 for what it lacks.
func version(d host.Description) (major, minor int) {
	parts := strings.SplitN(d.Version, ".", 3)
	major, _ = strconv.Atoi(parts[0])
	if len(parts) > 1 {
		minor, _ = strconv.Atoi(parts[1])
	}
	return major, minor
}
