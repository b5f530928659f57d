package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/redis/go-redis/v9"

	"redbook/runbook/host"
)

// Describe implements host.Server. A server that answers is asked; where CONFIG
// is renamed away or forbidden, and where the server is down, its config file and
// command line are read instead.
func (s *server) Describe(ctx context.Context) (host.Description, error) {
	d, err := s.describe(ctx)
	return d, s.wrap("describe", err)
}

func (s *server) describe(ctx context.Context) (host.Description, error) {
	fields, st, err := s.ask(ctx)
	down, told := errors.Is(err, host.ErrDown), false
	switch {
	case err == nil && st.dir != "":
		told = true
	case (err == nil || down) && ctx.Err() == nil:
		if st, err = s.readSettings(ctx, fields["config_file"]); err != nil && down {
			err = fmt.Errorf("the server is down, and %w", err)
		}
		if err != nil {
			return host.Description{}, err
		}
	default:
		return host.Description{}, err
	}
	d := host.Description{
		Address: s.config.Address, Config: st.config, Dir: st.dir, DBFilename: st.dbFilename, Dump: st.dump(),
		AppendOnly: st.appendOnly, AOFName: st.appendFile, Databases: st.databases,
		Running: !down && fields["loading"] != "1", Untold: !down && !told,
	}
	if down {
		d.Product, d.Version, err = s.installedVersion(ctx)
	} else {
		d.Product, d.Version = runningVersion(fields)
	}
	if err != nil {
		return d, err
	}
	d.MultiPart = multiPart(d.Product, d.Version)
	d.AOFPath = st.aofPath(d.MultiPart)
	d.DumpExists, d.AOFExists = exists(d.Dump), exists(d.AOFPath)
	main, err := s.supervisor.status(ctx)
	if err != nil {
		return d, err
	}
	if err := s.checkAnswer(ctx, fields, main); err != nil {
		return d, err
	}
	if d.UID, d.GID, err = s.runsAs(ctx, main, d.Dir); err != nil {
		return d, err
	}
	d.User, d.Group = accountNames(d.UID, d.GID)
	return d, nil
}

// ask reads INFO and, where that is allowed, CONFIG: else the settings are empty.
func (s *server) ask(ctx context.Context) (fields map[string]string, st settings, err error) {
	err = s.session(ctx, 0, func(c *redis.Client) (err error) {
		if fields, err = info(ctx, c, "everything"); err != nil {
			return err
		}
		st.config = fields["config_file"]
		if s.config.Config != "" {
			st.config = s.config.Config
		}
		dir, err := option(ctx, c, "dir")
		if forbidden(err) {
			return nil
		}
		if err != nil {
			return err
		}
		st.dir = dir // absolute: the server answers with its working directory
		return st.fill(func(name string) (string, error) {
			value, err := option(ctx, c, name)
			if errors.Is(err, errNoOption) {
				return "", nil // appenddirname before 7.0
			}
			return value, err
		})
	})
	return fields, st, err
}

func (st settings) dump() string { return filepath.Join(st.dir, st.dbFilename) }

// aofPath is the directory of a multi-part AOF, or the one file of older servers.
func (st settings) aofPath(multiPart bool) string {
	if multiPart {
		return filepath.Join(st.dir, st.appendDirname)
	}
	return filepath.Join(st.dir, st.appendFile)
}

// runsAs tells whose files the server's must be: those of its main process, else
// of what will start it, else of the owner of its data.
func (s *server) runsAs(ctx context.Context, main mainProcess, dir string) (uid, gid int, err error) {
	if main.pid != 0 {
		if uid, gid, err = main.owner(); err == nil {
			return uid, gid, nil
		}
	}
	l, err := s.supervisor.launch(ctx)
	if err != nil {
		return -1, -1, err
	}
	switch {
	case l.user != "":
		if uid, err = lookUpUser(l.user); err != nil {
			return -1, -1, err
		}
		if l.group == "" {
			return uid, primaryGroup(uid), nil
		}
		gid, err = lookUpGroup(l.group)
		return uid, gid, err
	case s.config.Service != "":
		return 0, 0, nil // a system unit without User=
	}
	info, err := s.machine.Stat(dir)
	if err != nil {
		return -1, -1, fmt.Errorf("read owner of the data directory: %w", err)
	}
	return info.UID, info.GID, nil
}

// runningVersion reads INFO: Valkey gives its own version beside the Redis
// version that it is compatible with.
func runningVersion(fields map[string]string) (product, version string) {
	if v := fields["valkey_version"]; v != "" {
		return "valkey", v
	}
	return "redis", fields["redis_version"]
}

// installedVersion asks the server's binary, "Redis server v=7.0.15 sha=...".
func (s *server) installedVersion(ctx context.Context) (product, version string, err error) {
	l, err := s.supervisor.launch(ctx)
	if err != nil {
		return "", "", err
	}
	program := commandProgram(l.command)
	if program == "" {
		return "", "", errors.New("the server is down, and nothing tells which program it is: add service or process to the redis block")
	}
	out, err := s.machine.Exec(ctx, host.Command{Args: []string{program, "--version"}})
	if err != nil {
		return "", "", fmt.Errorf("ask for the server's version: %w", err)
	}
	if product, version = parseVersion(out.Stdout); version == "" {
		return "", "", fmt.Errorf("ask for the server's version: %s --version printed %q", program, out.Stdout)
	}
	return product, version, nil
}

func parseVersion(printed string) (product, version string) {
	product = "redis"
	if strings.HasPrefix(strings.ToLower(printed), "valkey") {
		product = "valkey"
	}
	for word := range strings.FieldsSeq(printed) {
		if v, ok := strings.CutPrefix(word, "v="); ok {
			return product, v
		}
	}
	return product, ""
}

// multiPart tells whether the AOF is a directory: since Redis 7.0, in all of Valkey.
func multiPart(product, version string) bool {
	return product == "valkey" || host.Description{Version: version}.Major() >= 7
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
