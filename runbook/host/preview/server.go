package preview

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"

	"redbook/internal/redisconf"
	"redbook/runbook/host"
)

var _ host.Instance = (*server)(nil)

// A server implements host.Instance in a picture.
type server struct {
	picture *Picture
	name    string
	real    host.Server
	base    *host.Description // the real server's own word, asked once

	// Until it was stopped or started here, the real server's state holds.
	touched bool
	running bool
	config  *settings         // read at the planned start
	options map[string]string // CONFIG SET since the start
	data    dataset
	started int // the change at which it was started; 0: before the plan

	stopped    *stopped // the last stop in this plan
	allowEmpty bool
}

// stopped is what a stop saw of the server, for the next start to compare with.
type stopped struct {
	appendOnly, inConfig bool // at run time, and in the config file
	hadKeys              bool
}

// AllowEmpty says that the next start may come up without data.
func (s *server) AllowEmpty() { s.allowEmpty = true }

// Status implements host.Server. The process id of a planned start is -1.
func (s *server) Status(ctx context.Context) (host.Status, error) {
	switch {
	case !s.touched:
		return s.real.Status(ctx)
	case s.running:
		return host.Status{PID: -1, Serving: true}, nil
	}
	return host.Status{}, nil
}

func (s *server) serving(ctx context.Context) (bool, error) {
	st, err := s.Status(ctx)
	return st.Serving, err
}

func (s *server) mustServe(ctx context.Context, what string) error {
	serving, err := s.serving(ctx)
	if err == nil && !serving {
		err = host.ErrDown
	}
	if err != nil {
		return fmt.Errorf("%s redis %q: %w", what, s.name, err)
	}
	return nil
}

// Option implements host.Server.
func (s *server) Option(ctx context.Context, name string) (string, error) {
	if err := s.mustServe(ctx, "read option "+name+" of"); err != nil {
		return "", err
	}
	if v, set := s.options[redisconf.Canonical(name)]; set {
		return v, nil
	}
	if !s.touched {
		return s.real.Option(ctx, name)
	}
	v, known := s.config.option(name)
	if !known {
		return "", fmt.Errorf("read option %s of redis %q, which is to be started: %w", name, s.name, host.ErrUnknown)
	}
	return v, nil
}

// Describe implements host.Server.
func (s *server) Describe(ctx context.Context) (host.Description, error) {
	d, err := s.describeReal(ctx)
	if err != nil {
		return host.Description{}, err
	}
	serving, err := s.serving(ctx)
	if err != nil {
		return host.Description{}, err
	}
	d.Running = serving
	if s.touched || !serving || len(s.options) > 0 {
		set, err := s.settings(ctx)
		if err != nil {
			return host.Description{}, err
		}
		d.Dir, d.DBFilename, d.Dump = set.dir, filepath.Base(set.dump), set.dump
		d.AppendOnly, d.AOFName, d.AOFPath = set.appendOnly, set.aofName, set.aof
		d.Databases = set.databases
	}
	d.DumpExists, d.AOFExists = s.picture.exists(d.Dump), s.picture.exists(d.AOFPath)
	return d, nil
}

func (s *server) describeReal(ctx context.Context) (host.Description, error) {
	if s.base == nil {
		d, err := s.real.Describe(ctx)
		if err != nil {
			return host.Description{}, err
		}
		s.base = &d
	}
	return *s.base, nil
}

// Info implements host.Server. Of a server that is to be started it holds only
// the fields that are known: to wait for another is to sleep, which is
// ErrUnknown in a picture.
func (s *server) Info(ctx context.Context) (map[string]string, error) {
	if err := s.mustServe(ctx, "ask INFO of"); err != nil {
		return nil, err
	}
	set, err := s.settings(ctx)
	if err != nil {
		return nil, err
	}
	if !s.touched {
		info, err := s.realInfo(ctx)
		if err != nil {
			return nil, err
		}
		info["aof_enabled"] = zeroOne(set.appendOnly)
		return info, nil
	}
	d, err := s.describeReal(ctx)
	if err != nil {
		return nil, err
	}
	info := map[string]string{
		"loading": "0", "async_loading": "0",
		"aof_enabled": zeroOne(set.appendOnly), "aof_rewrite_in_progress": "0", "aof_rewrite_scheduled": "0",
		"aof_last_bgrewrite_status": "ok", "aof_last_write_status": "ok",
		"rdb_bgsave_in_progress": "0", "rdb_last_bgsave_status": "ok",
		"config_file": d.Config, d.Product + "_version": d.Version,
	}
	if s.config.config.Lookup("replicaof") == "" {
		info["role"] = "master"
	}
	if d.Product == "valkey" {
		info["redis_version"] = "7.2.4" // what Valkey tells clients of Redis
	}
	return info, s.addKeyspace(ctx, info)
}

// addKeyspace adds the lines dbN, as far as the dump tells: keys that expire
// may be gone when the server has loaded it.
func (s *server) addKeyspace(ctx context.Context, info map[string]string) error {
	if s.data.kind != dataFile {
		return nil
	}
	scan, err := s.picture.dumps.scan(ctx, s.data.path, s.data.file)
	if err != nil || scan.Summary == nil {
		return err
	}
	for _, db := range scan.Summary.DBs {
		if db.Expires == 0 {
			info["db"+strconv.Itoa(db.Index)] = fmt.Sprintf("keys=%d,expires=0,avg_ttl=0", db.Keys)
		}
	}
	return nil
}

func zeroOne(b bool) string {
	if b {
		return "1"
	}
	return "0"
}
