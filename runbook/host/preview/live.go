package preview

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strings"

	"redbook/internal/rdb"
	"redbook/runbook/host"
)

// CheckLoad implements host.LoadChecker. A server that is to be started is not there
// to be asked: the run looks at it.
func (s *server) CheckLoad(ctx context.Context, l host.Load) ([]string, error) {
	if err := s.mustServe(ctx, "look at"); err != nil {
		return nil, err
	}
	if !s.touched {
		return s.real.CheckLoad(ctx, l)
	}
	if s.config.config.Bool("cluster-enabled") {
		return nil, s.refuseLoad("Restore each of its nodes with a restart.", "it is a node of a cluster, which cannot be told to replicate")
	}
	if at := s.config.config.Lookup("replicaof"); at != "" {
		return nil, s.refuseLoad("Load it into the primary.", "it is a replica of %s, whose data would replace what is loaded", at)
	}
	return nil, nil
}

func (s *server) refuseLoad(remedy, problem string, args ...any) error {
	return &host.LoadError{Server: s.name, Problem: fmt.Sprintf(problem, args...), Remedy: remedy}
}

// LoadDataset implements host.DatasetLoader.
func (s *server) LoadDataset(ctx context.Context, l host.Load) error {
	if err := s.mustServe(ctx, "load a dataset into"); err != nil {
		return err
	}
	set, err := s.settings(ctx)
	if err != nil {
		return fmt.Errorf("load a dataset into redis %q: %w", s.name, err)
	}
	f, err := s.picture.regular("load", l.Path)
	if err != nil {
		return err
	}
	if f.content.snapshot != nil {
		s.data = f.content.snapshot.loaded(l.Path)
	} else {
		scan, err := s.picture.dumps.scan(ctx, l.Path, f.content)
		if err != nil {
			return fmt.Errorf("load a dataset into redis %q: read %s: %w", s.name, l.Path, err)
		}
		if err := s.checkLoaded(l.Path, scan, set); err != nil {
			return err
		}
		s.data = dataset{kind: dataFile, file: f.content, path: l.Path, origin: "that of " + l.Path}
	}
	if set.appendOnly {
		return s.rewrite(ctx, set, true)
	}
	return nil
}

// checkLoaded refuses a dump that a serving server would not survive.
func (s *server) checkLoaded(path string, scan *host.Dump, set settings) error {
	if scan.Damage != nil {
		return s.refuseLoad("Restore another backup.", "%s is not a whole dump: %v", path, scan.Damage)
	}
	sum, d := scan.Summary, s.base
	readable, known := sum.ReadableBy(d.Version, d.Product == "valkey")
	switch {
	case known && !readable:
		return s.refuseLoad("Restore it to a server of the version that wrote it, or newer.",
			"%s is of format %s, which %s %s does not read", path, sum.Magic, d.Product, d.Version)
	case sum.MaxDB() >= set.databases:
		return s.refuseLoad("Raise databases in its config, and restart it.",
			"%s has keys in database %d, and the server has %d databases", path, sum.MaxDB(), set.databases)
	case sum.Checksum != rdb.Good:
		return s.refuseLoad("Restore it with a restart (restore.hcl).",
			"the checksum of %s is %s: nothing vouches for its bytes, and a server does not survive a bad one", path, sum.Checksum)
	}
	return nil
}

// EndLoad implements host.DatasetLoader: in a picture no load is ever cut off.
func (*server) EndLoad(context.Context, host.Load, map[string]string) error { return nil }

// FetchDump implements host.DatasetLoader.
func (s *server) FetchDump(ctx context.Context, to string, a host.Attr) (host.Fetched, error) {
	unknown := host.Fetched{Digest: host.Digest{Size: -1}, Keys: -1}
	if err := s.mustServe(ctx, "fetch a dump of"); err != nil {
		return unknown, err
	}
	p := s.picture
	dir, err := p.free("create", to)
	if err != nil {
		return unknown, err
	}
	n := &node{content: s.data.snapshot("the dump that is fetched of redis " + s.name), info: host.Info{
		Kind: host.KindFile, Size: -1, Mode: 0o600, UID: p.runner.UID, GID: p.runner.GID,
		Device: dir.info.Device, ModTime: p.now, Links: 1,
	}}
	n.setAttr(a)
	p.dropPart(dir.node, to)
	p.put(dir.node, filepath.Base(to), n)
	return unknown, nil
}

// databases is how many the server has.
func (s *server) databases(ctx context.Context) (int, error) {
	if s.touched {
		return s.config.databases, nil
	}
	d, err := s.describeReal(ctx)
	return d.Databases, err
}

// realInfo is the real server's INFO, less what a planned load makes untrue.
func (s *server) realInfo(ctx context.Context) (map[string]string, error) {
	info, err := s.real.Info(ctx)
	if err != nil || s.data.kind == dataLive {
		return maps.Clone(info), err
	}
	info = maps.Clone(info)
	maps.DeleteFunc(info, func(name, value string) bool {
		return strings.HasPrefix(name, "db") && strings.HasPrefix(value, "keys=") || strings.HasPrefix(name, "master_repl")
	})
	err = s.addKeyspace(ctx, info)
	if errors.Is(err, host.ErrUnknown) {
		err = nil
	}
	return info, err
}
