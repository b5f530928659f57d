package local

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// RewriteAOF implements host.Instance.
func (s *server) RewriteAOF(ctx context.Context) error {
	return s.wrap("rewrite the AOF of", s.session(ctx, 0, func(c *redis.Client) error {
		var before persistence
		err := poll(ctx, func() (_ bool, err error) {
			if before, err = readPersistence(ctx, c); err != nil || before.rewriting || before.rewriteScheduled {
				return false, err
			}
			err = c.BgRewriteAOF(ctx).Err()
			if anotherChild(err) {
				return false, nil
			}
			return err == nil, whyNotWritten(ctx, c, err)
		})
		if err != nil {
			return err
		}
		return awaitRewrite(ctx, c, before)
	}))
}

// SetOption implements host.Instance.
func (s *server) SetOption(ctx context.Context, name, value string) error {
	return s.wrap("set option "+name+" of", s.session(ctx, 0, func(c *redis.Client) error {
		if !strings.EqualFold(name, "appendonly") || !strings.EqualFold(value, "yes") {
			return whySetFailed(c.ConfigSet(ctx, name, value).Err())
		}
		return turnOnAOF(ctx, c)
	}))
}

// turnOnAOF sets appendonly and awaits the rewrite that this begins: until it
// has ended the AOF on disk is not complete. An AOF that is on already may be
// amidst it, and is awaited as well.
func turnOnAOF(ctx context.Context, c *redis.Client) error {
	before, err := readPersistence(ctx, c)
	if err != nil {
		return err
	}
	if err := c.ConfigSet(ctx, "appendonly", "yes").Err(); err != nil {
		return whySetFailed(whyNotWritten(ctx, c, err))
	}
	return awaitRewrite(ctx, c, before)
}

// putOff is how long a rewrite stays scheduled, with nothing to wait for, of which the server is taken to have put it
// off: since 7.0 it does so for minutes, later hours, when several have failed. It looks once a second at the least.
const putOff = 3 * time.Second

// awaitRewrite waits until no rewrite runs or is scheduled and the last one
// ended well. before was read before the one awaited began.
func awaitRewrite(ctx context.Context, c *redis.Client, before persistence) error {
	var waitsSince time.Time
	return poll(ctx, func() (bool, error) {
		now, err := readPersistence(ctx, c)
		if err != nil {
			return false, err
		}
		idle := !now.rewriting && !now.rewriteScheduled
		if now.rewriteStatus == "ok" {
			return idle, nil
		}
		switch {
		case now.rewriting || now.saving:
			waitsSince = time.Time{}
		case waitsSince.IsZero():
			waitsSince = time.Now()
		}
		if idle || failedAnew(before, now) || !waitsSince.IsZero() && time.Since(waitsSince) > putOff {
			return false, notWritten(ctx, c, fmt.Errorf("aof_last_bgrewrite_status is %q", now.rewriteStatus))
		}
		return false, nil
	})
}

// whyNotWritten explains the reply of a server that could not begin.
func whyNotWritten(ctx context.Context, c *redis.Client, err error) error {
	var reply redis.Error
	if errors.As(err, &reply) && (strings.Contains(reply.Error(), "Can't execute an AOF") || strings.Contains(reply.Error(), "turn on AOF")) {
		return notWritten(ctx, c, err)
	}
	return err
}

func notWritten(ctx context.Context, c *redis.Client, err error) error {
	return fmt.Errorf("%w\nthe server could not write the AOF%s: its log says why "+
		"(no room, dir or appenddirname not writable, or no memory to fork: vm.overcommit_memory = 1)", err, placeOfAOF(ctx, c))
}

// placeOfAOF is " at PATH", or nothing where that cannot be asked.
func placeOfAOF(ctx context.Context, c *redis.Client) string {
	dir, err := option(ctx, c, "dir")
	if err != nil {
		return ""
	}
	for _, name := range []string{"appenddirname", "appendfilename"} { // before 7.0 there is the second alone
		if value, err := option(ctx, c, name); err == nil {
			return " at " + filepath.Join(dir, value)
		}
	}
	return ""
}

// failedAnew tells that a bad status is not that of an earlier rewrite. It is
// asked while another is scheduled: a server that is to turn the AOF on
// schedules the next try as soon as one has failed, and goes on so for ever.
func failedAnew(before, now persistence) bool {
	return before.rewriteStatus == "ok" ||
		now.rewrites > before.rewrites+1 ||
		now.rewrites > before.rewrites && !now.rewriting
}

func whySetFailed(err error) error {
	switch {
	case err == nil:
		return nil
	case strings.Contains(err.Error(), "Unknown option"):
		return fmt.Errorf("%w\ncheck its spelling and the server's version", err)
	case strings.Contains(err.Error(), "immutable config"):
		return fmt.Errorf("%w\nset it in the config file and restart the server", err)
	case strings.Contains(err.Error(), "protected config"):
		return fmt.Errorf("%w\nallow it with enable-protected-configs in the config file, or set it there", err)
	}
	return err
}
