package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"redbook/internal/redisconf"
)

// configLimit bounds a config file that is read into memory.
const configLimit = 16 << 20

// settings are the options of a server that redbook goes by.
type settings struct {
	config        string // path of the config file; "" when unknown
	dir           string // absolute
	dbFilename    string
	appendOnly    bool
	appendDirname string
	appendFile    string
	databases     int
	port          string
	logFile       string // "" when it logs to stdout, or unknown
	pidFile       string
}

// readSettings reads the config file and the options on the command line that
// override it: what the next start will act on. config is a path to fall back on.
func (s *server) readSettings(ctx context.Context, config string) (settings, error) {
	conf, st, err := s.loadConfig(ctx, config)
	if err != nil {
		return settings{}, err
	}
	return st, st.fill(func(name string) (string, error) { return conf.Lookup(name), nil })
}

// loadConfig reads the same, and returns it with the paths of the config file and
// of the data directory.
func (s *server) loadConfig(ctx context.Context, config string) (*redisconf.Config, settings, error) {
	l, err := s.supervisor.launch(ctx)
	if err != nil {
		return nil, settings{}, err
	}
	path, overrides := parseCommand(l.command)
	path = cmp.Or(s.config.Config, path, config)
	if path == "" {
		return nil, settings{}, errors.New("no config file is known: set config in the redis block")
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(l.dir, path)
	}
	conf, err := redisconf.Load(path, func(p string) ([]byte, error) {
		content, err := s.machine.readConfig(p)
		if err == nil && p == path && len(overrides) > 0 {
			content = append(append(content, '\n'), strings.Join(overrides, "\n")...)
		}
		return content, err
	}, filepath.Glob)
	if err != nil {
		return nil, settings{}, err
	}
	dir := conf.Dir()
	if !filepath.IsAbs(dir) {
		if l.dir == "" {
			return nil, settings{}, fmt.Errorf("%s: dir is %q, relative to wherever the server is started: write an absolute dir", path, dir)
		}
		dir = filepath.Join(l.dir, dir)
	}
	return conf, settings{config: path, dir: dir}, nil
}

// fill sets what comes by name from a config file or from CONFIG GET.
func (st *settings) fill(lookUp func(name string) (string, error)) error {
	var databases, appendOnly string
	for name, value := range map[string]*string{
		"dbfilename":     &st.dbFilename,
		"appendonly":     &appendOnly,
		"appenddirname":  &st.appendDirname,
		"appendfilename": &st.appendFile,
		"databases":      &databases,
		"port":           &st.port,
		"logfile":        &st.logFile,
		"pidfile":        &st.pidFile,
	} {
		v, err := lookUp(name)
		if err != nil {
			return err
		}
		*value = v
	}
	st.appendOnly = appendOnly == "yes"
	st.databases, _ = strconv.Atoi(databases)
	for _, path := range []*string{&st.logFile, &st.pidFile} {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(st.dir, *path)
		}
	}
	return nil
}

// parseCommand finds the config file in a server's command line and turns the
// options behind it into lines of a config file, as the server itself does
// (main in server.c): "--name value ...".
func parseCommand(command []string) (config string, overrides []string) {
	program := slices.IndexFunc(command, func(arg string) bool { return isServerName(filepath.Base(arg)) })
	args := command[program+1:]
	if program >= 0 && len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		config, args = args[0], args[1:]
	} else if program < 0 { // a program of another name: the config is told by its own
		for i, arg := range command {
			if strings.HasSuffix(arg, ".conf") {
				config, args = arg, command[i+1:]
			}
		}
	}
	for _, arg := range args {
		switch {
		case strings.HasPrefix(arg, "--"):
			overrides = append(overrides, arg[2:])
		case len(overrides) > 0:
			overrides[len(overrides)-1] += " " + redisconf.Quote(arg)
		}
	}
	return config, overrides
}

// readConfig reads a config file. It may lie where the server's user can write,
// so it is opened as carefully as any other file.
func (m *Machine) readConfig(path string) ([]byte, error) {
	f, err := m.Open(path)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("%w; run redbook as root or as the server's user", err)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, configLimit))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return content, nil
}
