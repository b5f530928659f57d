package local

import (
	"context"
	"fmt"
	"strings"

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
			return err == nil, err
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
		return whySetFailed(err)
	}
	return awaitRewrite(ctx, c, before)
}

// awaitRewrite waits until no rewrite runs or is scheduled and the last one
// ended well. before was read before the one awaited began.
func awaitRewrite(ctx context.Context, c *redis.Client, before persistence) error {
	return poll(ctx, func() (bool, error) {
		now, err := readPersistence(ctx, c)
		if err != nil {
			return false, err
		}
		idle := !now.rewriting && !now.rewriteScheduled
		if now.rewriteStatus == "ok" {
			return idle, nil
		}
		if idle || failedAnew(before, now) {
			return false, fmt.Errorf("aof_last_bgrewrite_status is %q\nthe server could not write the AOF: its log says why "+
				"(no room, dir or appenddirname not writable, or no memory to fork: vm.overcommit_memory = 1)", now.rewriteStatus)
		}
		return false, nil
	})
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
