package local

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"redbook/internal/rdb"
	"redbook/internal/replication"
	"redbook/runbook/host"
)

// releaseTime is how long a server is tried to be made writable again.
const releaseTime = time.Minute

// liveHooks let tests see and disturb a load; they are empty else.
type liveHooks struct {
	phase    func(name string)
	wrap     func(net.Listener) net.Listener
	guardEnv []string
}

func (h liveHooks) reached(phase string) {
	if h.phase != nil {
		h.phase(phase)
	}
}

func (h liveHooks) listener(l net.Listener) net.Listener {
	if h.wrap != nil {
		return h.wrap(l)
	}
	return l
}

// LoadDataset implements host.DatasetLoader: redbook is the server's primary for
// the length of one full synchronization.
func (s *server) LoadDataset(ctx context.Context, l host.Load) error {
	return s.wrap("load "+l.Path+" into", s.loadDataset(ctx, l))
}

func (s *server) loadDataset(ctx context.Context, l host.Load) error {
	file, err := openFile(l.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	dump, err := replication.Verify(ctx, file)
	if err != nil {
		return fmt.Errorf("verify %s: %w; nothing was sent, choose another dump", l.Path, err)
	}
	s.machine.live.reached("verified")
	if l.Memory == 0 {
		l.Memory = dump.Summary.UsedMemory
	}
	if _, err := s.checkLoad(ctx, l); err != nil {
		return err
	}
	return s.session(ctx, 0, func(c *redis.Client) error {
		if err := s.checkFits(ctx, c, dump.Summary); err != nil {
			return err
		}
		before, err := readPersistence(ctx, c)
		if err != nil {
			return err
		}
		if err := s.swap(ctx, c, l, dump); err != nil {
			return err
		}
		s.machine.live.reached("released")
		return awaitAOF(ctx, c, before)
	})
}

// checkFits refuses a dump on which the server would exit.
func (s *server) checkFits(ctx context.Context, c *redis.Client, sum *rdb.Summary) error {
	fields, err := info(ctx, c, "server")
	if err != nil {
		return err
	}
	product, version := runningVersion(fields)
	if readable, known := sum.ReadableBy(version, product == "valkey"); known && !readable {
		return s.refuse("Restore it to a server of the version that wrote it, or newer.",
			"the dump's format is %s, which %s %s does not read", sum.Magic, product, version)
	}
	databases, err := option(ctx, c, "databases")
	if err != nil {
		return err
	}
	if n := atoi(databases); sum.MaxDB() >= n {
		return s.refuse("Raise databases in its config, and restart it.",
			"the dump has keys in database %d, and the server has %d databases", sum.MaxDB(), n)
	}
	for _, m := range sum.Modules {
		if m != builtInModule {
			return s.refuse("Restore it with a restart (restore.hcl).",
				"the dump holds data of the module type %s, and a server without that module does not survive it", m)
		}
	}
	return nil
}

// swap has the server take the dump from redbook, and makes it its own primary
// again, whatever comes in between.
func (s *server) swap(ctx context.Context, c *redis.Client, l host.Load, dump *replication.Dump) (err error) {
	fields, err := info(ctx, c, "replication")
	if err != nil {
		return err
	}
	if l.Done(fields) {
		return fmt.Errorf("its replication offset is near %d already, by which the load could not be told from what was before", l.Offset)
	}
	source, err := s.openSource(ctx, l)
	if err != nil {
		return err
	}
	defer source.Close()
	primary := &replication.Primary{
		ID: fields["master_replid"], Offset: l.Offset, Dump: dump, TLS: source.tls, From: source.from,
	}
	end := ending{Host: source.host, Port: source.port}
	if end.Options, err = readOptions(ctx, c, host.LoadOptions()); err != nil {
		return err
	}
	guard, err := s.startGuard(ctx, end)
	if err != nil {
		return err
	}
	s.machine.live.reached("guarded")
	defer func() {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
		defer cancel()
		source.Close() // the server breaks off what it still loads
		if endErr := s.end(late, end); endErr != nil {
			err = errors.Join(err, fmt.Errorf("make it writable again: %w", endErr))
			return // the guard goes on trying
		}
		guard.dismiss()
		if err != nil && s.loaded(late, l) {
			err = nil // the connection broke when the server had all
		}
	}()
	if err := setOptions(ctx, c, host.LoadOptions()); err != nil {
		return err
	}
	s.machine.live.reached("options")
	if err := c.Do(ctx, "REPLICAOF", source.host, source.port).Err(); err != nil {
		return fmt.Errorf("have it replicate: %w", err)
	}
	s.machine.live.reached("replicates")
	link, err := primary.Send(ctx, source)
	if err != nil {
		return err
	}
	defer link.Close()
	s.machine.live.reached("sent")
	return s.awaitLoaded(ctx, l)
}

// awaitLoaded waits until the link is up: the server has swapped the datasets. Each
// question is a connection of its own, since a server before 7.0 answers LOADING.
func (s *server) awaitLoaded(ctx context.Context, l host.Load) error {
	err := poll(ctx, func() (bool, error) {
		fields, err := s.replication(ctx)
		if err != nil {
			return false, err
		}
		return fields["master_link_status"] == "up" && l.Done(fields), nil
	})
	if err == nil {
		s.machine.live.reached("loaded")
	}
	return err
}

func (s *server) replication(ctx context.Context) (fields map[string]string, err error) {
	err = s.session(ctx, 0, func(c *redis.Client) error {
		fields, err = info(ctx, c, "replication")
		return err
	})
	return fields, err
}

func (s *server) loaded(ctx context.Context, l host.Load) bool {
	fields, err := s.replication(ctx)
	return err == nil && l.Done(fields)
}

// awaitAOF waits until the AOF holds the new dataset: a server that has it on
// begins to write it anew right after the swap.
func awaitAOF(ctx context.Context, c *redis.Client, before persistence) error {
	on, err := option(ctx, c, "appendonly")
	if err != nil || on != "yes" {
		return err
	}
	err = poll(ctx, func() (bool, error) {
		fields, err := info(ctx, c, "persistence")
		return fields["aof_enabled"] == "1", err
	})
	if err != nil {
		return fmt.Errorf("await that the AOF is on again: %w", err)
	}
	return awaitRewrite(ctx, c, before)
}

func readOptions(ctx context.Context, c *redis.Client, names map[string]string) (map[string]string, error) {
	values := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		value, err := option(ctx, c, name)
		if err != nil {
			return nil, err
		}
		values[name] = value
	}
	return values, nil
}

func setOptions(ctx context.Context, c *redis.Client, values map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := c.ConfigSet(ctx, name, values[name]).Err(); err != nil {
			return fmt.Errorf("set %s: %w", name, whySetFailed(err))
		}
	}
	return nil
}
