package preview

import (
	"context"
	"errors"
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
	return newSettings(d, func(name string) (string, error) {
		if v, set := s.options[name]; set {
			return v, nil
		}
		if s.touched {
			return s.Option(ctx, name)
		}
		return s.realOption(ctx, d, name)
	})
}

// realOption is what the real server goes by. Where CONFIG is forbidden that
// is what its config file says, as for the description.
func (s *server) realOption(ctx context.Context, d host.Description, name string) (string, error) {
	switch name {
	case "dir":
		return d.Dir, nil
	case "dbfilename":
		return d.DBFilename, nil
	case "appendonly":
		return yesNo(d.AppendOnly), nil
	case "appendfilename":
		return d.AOFName, nil
	case "appenddirname":
		return filepath.Base(d.AOFPath), nil
	case "databases":
		return strconv.Itoa(d.Databases), nil
	}
	v, err := s.real.Option(ctx, name)
	if err == nil || errors.Is(err, host.ErrDown) || ctx.Err() != nil {
		return v, err
	}
	conf, confErr := s.loadConfig(ctx, d)
	if confErr != nil {
		return "", err
	}
	return configOption(conf, d, name)
}

// configured reads the config file as the picture has it.
func (s *server) configured(ctx context.Context) (settings, error) {
	d, err := s.describeReal(ctx)
	if err != nil {
		return settings{}, err
	}
	conf, err := s.loadConfig(ctx, d)
	if err != nil {
		return settings{}, err
	}
	set, err := newSettings(d, func(name string) (string, error) { return configOption(conf, d, name) })
	set.config = conf
	return set, err
}

// An Overrider is a host.Server that knows the options on the server's command
// line, as lines of a config file: they come after the file's own.
type Overrider interface {
	Overrides(ctx context.Context) (lines []string, err error)
}

func (s *server) loadConfig(ctx context.Context, d host.Description) (*redisconf.Config, error) {
	if d.Config == "" {
		return nil, fmt.Errorf("redis %q has no config file that can be found, so what it would load is not known; give the redis block a config", s.name)
	}
	var overrides []string
	if o, ok := s.real.(Overrider); ok {
		var err error
		if overrides, err = o.Overrides(ctx); err != nil {
			return nil, err
		}
	}
	p := s.picture
	read := func(path string) ([]byte, error) {
		b, err := host.ReadFile(p, path, host.MaxConfigSize)
		if err == nil && path == d.Config && len(overrides) > 0 {
			b = fmt.Appendf(b, "\n%s\n", strings.Join(overrides, "\n"))
		}
		return b, err
	}
	glob := func(pattern string) ([]string, error) { return host.Glob(p, pattern) }
	if !d.MultiPart {
		glob = nil // includes take patterns since 7.0
	}
	conf, err := redisconf.Load(d.Config, read, glob)
	if err != nil {
		return nil, fmt.Errorf("read the config of redis %q: %w", s.name, err)
	}
	return conf, nil
}

// configOption is the value that a start takes from the config. A data
// directory that is relative to where the service starts is what it was for
// the real server.
func configOption(conf *redisconf.Config, d host.Description, name string) (string, error) {
	switch name {
	case "dir":
		if dir := conf.Dir(); filepath.IsAbs(dir) {
			return dir, nil
		}
		return d.Dir, nil
	case "save":
		return conf.SaveOption(d.Major())
	}
	return conf.Lookup(name), nil
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
