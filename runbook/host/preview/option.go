package preview

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"redbook/internal/redisconf"
	"redbook/runbook/host"
)

// immutable are the options of interest that CONFIG SET refuses (config.c,
// IMMUTABLE_CONFIG); protected are those that it refuses since 7.0 unless
// enable-protected-configs allows them (PROTECTED_CONFIG).
var (
	immutable = []string{
		"aclfile", "appenddirname", "appendfilename", "cluster-enabled", "daemonize", "databases",
		"enable-protected-configs", "logfile", "pidfile", "supervised", "unixsocket",
	}
	protected = []string{"dbfilename", "dir"}
)

// SetOption implements host.Instance.
func (s *server) SetOption(ctx context.Context, name, value string) error {
	if err := s.mustServe(ctx, "set option "+name+" of"); err != nil {
		return err
	}
	if err := s.setOption(ctx, redisconf.Canonical(name), value); err != nil {
		return fmt.Errorf("set option %s of redis %q: %w", name, s.name, err)
	}
	return nil
}

func (s *server) setOption(ctx context.Context, name, value string) error {
	before, err := s.settings(ctx)
	if err != nil {
		return err
	}
	if err := s.settable(ctx, name, value); err != nil {
		return err
	}
	if name == "dir" {
		if value, err = s.changeDir(before, value); err != nil {
			return err
		}
	}
	s.options[name] = value
	if name != "appendonly" || (value == "yes") == before.appendOnly {
		return nil
	}
	if value == "yes" {
		return s.rewrite(ctx, before, true)
	}
	s.closeAOF(before)
	return nil
}

func (s *server) settable(ctx context.Context, name, value string) error {
	switch {
	case slices.Contains(immutable, name):
		return errors.New("can't set immutable config; set it in the config file and restart the server")
	case name == "appendonly" && value != "yes" && value != "no":
		return fmt.Errorf("%q is neither yes nor no", value)
	case !slices.Contains(protected, name) || !s.base.MultiPart:
		return nil
	}
	allowed, err := s.Option(ctx, "enable-protected-configs")
	if err != nil && !errors.Is(err, host.ErrUnknown) {
		return err
	}
	if err == nil && allowed != "no" {
		return nil
	}
	return errors.New("can't set protected config; allow it with enable-protected-configs in the config file, or set it there")
}

func (s *server) changeDir(set settings, dir string) (string, error) {
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(set.dir, dir)
	}
	dir = filepath.Clean(dir)
	_, err := s.picture.Stat(dir)
	return dir, err
}
