package preview

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"redbook/internal/aof"
	"redbook/internal/ctxio"
	"redbook/internal/rdb"
	"redbook/internal/redisconf"
	"redbook/runbook/host"
)

// Since 7.0 a server loads its AOF as the default user, and asks for the rights of that user at each command of a
// transaction. What the user may not do is dropped without an error (redis issue 14541, valkey issue 3983).

// refuseDroppedTransactions refuses to stop a server that would come back without the transactions in its AOF, at a
// roll-back too.
func (s *server) refuseDroppedTransactions(ctx context.Context, set settings) error {
	if !set.appendOnly || !s.base.MultiPart || s.base.Config == "" {
		return nil
	}
	conf, err := s.loadConfig(ctx, *s.base)
	if err != nil {
		return err
	}
	m, err := s.picture.readManifest(manifestPath(set))
	if err != nil {
		return nil //nolint:nilerr // a rewrite is planned, or others find what is wrong with it
	}
	for _, e := range m.Incrs() {
		path := filepath.Join(set.aof, e.Name)
		f, err := s.picture.regular("read", path)
		if missing(err) {
			continue // what a start without it does is for the start to say
		}
		if err != nil {
			return err
		}
		n, err := s.droppedTransactions(ctx, conf, set.dir, path, f.content)
		if err != nil {
			return err
		}
		if n > 0 {
			return &host.StopError{
				Server: s.name, Trap: host.TrapDefaultUser, Remedy: remedyForDefaultUser(s.base.Config),
				Cause: fmt.Sprintf("its next start, a roll-back's too, would drop %s in %s", transactions(n), path),
			}
		}
	}
	return nil
}

// checkTransactions refuses to load commands of which some would be dropped.
func (l *load) checkTransactions(ctx context.Context, path string, c content) error {
	n, err := l.server.droppedTransactions(ctx, l.set.config, l.set.dir, path, c)
	if err != nil || n == 0 {
		return err
	}
	return l.refuse(host.TrapDefaultUser, remedyForDefaultUser(l.description.Config), "it would drop %s in %s", transactions(n), path)
}

func transactions(n int64) string {
	if n == 1 {
		return "a transaction"
	}
	return fmt.Sprintf("the %d transactions", n)
}

func remedyForDefaultUser(config string) string {
	return `The default user may not do everything, and the AOF is loaded as that user. Give it all rights in ` + config +
		` or its aclfile, such as "user default off ~* &* +@all": nobody can log in as a user that is off.`
}

// droppedTransactions counts what a start with this config would drop of a file of commands, which may begin with a dump.
// Where the default user may run all commands but some, most likely nothing is dropped: that is a warning. The file may
// be damaged or still be written to: that is for others to find.
func (s *server) droppedTransactions(ctx context.Context, conf *redisconf.Config, dir, path string, c content) (int64, error) {
	if c.snapshot != nil || !s.base.MultiPart {
		return 0, nil
	}
	rights, err := s.defaultUserRights(conf, dir)
	if err != nil || rights == redisconf.AllRights {
		return 0, err
	}
	f, err := s.picture.open(path, c)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	in := ctxio.NewReader(ctx, f)
	first := make([]byte, 9)
	n, err := io.ReadFull(in, first)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, err
	}
	rest := io.MultiReader(bytes.NewReader(first[:n]), in)
	if rdb.HasMagic(first[:n]) {
		if _, rest, err = rdb.CheckPreamble(rest); err != nil {
			return 0, context.Cause(ctx)
		}
	}
	stats, _ := aof.CheckIncr(rest)
	if stats.Transactions > 0 && rights == redisconf.MostRights {
		s.picture.warn(host.TrapDefaultUser, fmt.Sprintf("the next start of redis %q drops from %s in %s what its default user may not do",
			s.name, transactions(stats.Transactions), path))
		return 0, context.Cause(ctx)
	}
	return stats.Transactions, context.Cause(ctx)
}

func (s *server) defaultUserRights(conf *redisconf.Config, dir string) (redisconf.Rights, error) {
	path := conf.Lookup("aclfile")
	if path == "" {
		return conf.DefaultUserRights(nil), nil
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	rules, err := host.ReadFile(s.picture, path, host.MaxConfigSize)
	if errors.Is(err, fs.ErrPermission) {
		s.picture.warn(host.TrapDefaultUser, fmt.Sprintf("what the default user of redis %q may do is not known, since %s may not be read", s.name, path))
		return redisconf.AllRights, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the aclfile of redis %q: %w", s.name, err)
	}
	if rules == nil {
		rules = []byte{}
	}
	return conf.DefaultUserRights(rules), nil
}
