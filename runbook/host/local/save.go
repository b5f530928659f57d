package local

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Save implements host.Instance.
func (s *server) Save(ctx context.Context, background bool) error {
	save := saveInForeground
	if background {
		save = saveInBackground
	}
	return s.wrap("save", s.session(ctx, 0, func(c *redis.Client) error { return save(ctx, c) }))
}

// saveInForeground sends SAVE, whose reply is its end. A BGSAVE that runs is
// waited out: it holds older data.
func saveInForeground(ctx context.Context, c *redis.Client) error {
	return poll(ctx, func() (bool, error) {
		err := c.Save(ctx).Err()
		if err == nil {
			return true, nil
		}
		if anotherChild(err) {
			return false, nil
		}
		return false, whySaveFailed(err)
	})
}

// saveInBackground begins a BGSAVE of its own and awaits it by all three signs.
// It waits for a save or an AOF rewrite that runs rather than queueing behind
// it (BGSAVE SCHEDULE): so it is sure that the end it sees is that of its own.
func saveInBackground(ctx context.Context, c *redis.Client) error {
	last, err := lastSaveInPast(ctx, c)
	if err != nil {
		return err
	}
	err = poll(ctx, func() (bool, error) {
		err := c.BgSave(ctx).Err()
		if anotherChild(err) {
			return false, nil
		}
		return err == nil, whySaveFailed(err)
	})
	if err != nil {
		return err
	}
	return poll(ctx, func() (bool, error) {
		now, err := readPersistence(ctx, c)
		switch {
		case err != nil:
			return false, err
		case now.saving:
			return false, nil
		case now.lastSave > last && now.saveStatus == "ok":
			return true, nil
		}
		return false, whySaveFailed(fmt.Errorf("BGSAVE ended, rdb_last_bgsave_status is %q and LASTSAVE %s",
			now.saveStatus, moved(now.lastSave > last)))
	})
}

func moved(yes bool) string {
	if yes {
		return "moved"
	}
	return "did not move"
}

// lastSaveInPast returns LASTSAVE when the server's clock has left that second,
// so that a save begun after it must move LASTSAVE, whose resolution is a
// second. It waits out a save that runs, which would move it as well.
func lastSaveInPast(ctx context.Context, c *redis.Client) (last int64, err error) {
	err = poll(ctx, func() (bool, error) {
		p := c.Pipeline()
		now := p.Time(ctx)
		state := p.Info(ctx, "persistence")
		if _, err := p.Exec(ctx); err != nil {
			return false, err
		}
		fields := parseInfo(state.Val())
		last = lastSave(fields)
		running := fields["rdb_bgsave_in_progress"] != "0"
		return !running && now.Val().Unix() > last, nil
	})
	return last, err
}

// anotherChild tells that SAVE, BGSAVE or BGREWRITEAOF has to wait for a save or
// rewrite that runs.
func anotherChild(err error) bool {
	var reply redis.Error
	if !errors.As(err, &reply) {
		return false
	}
	text := reply.Error()
	return strings.Contains(text, "already in progress") ||
		strings.Contains(text, "child process is active") ||
		strings.Contains(text, "AOF log rewriting in progress")
}

func whySaveFailed(err error) error {
	var reply redis.Error
	if err == nil || errors.As(err, &reply) && strings.TrimSpace(reply.Error()) != "ERR" {
		return err
	}
	return fmt.Errorf("%w\nthe server could not write the dump: its log says why (no room, dir not writable, "+
		"or no memory to fork: vm.overcommit_memory = 1)", err)
}

// lastSave is what LASTSAVE answers too, in seconds since 1970.
func lastSave(info map[string]string) int64 {
	at, _ := strconv.ParseInt(info["rdb_last_save_time"], 10, 64)
	return at
}

// persistence is what INFO says about saves and rewrites.
type persistence struct {
	saving, rewriting, rewriteScheduled bool
	saveStatus, rewriteStatus           string
	lastSave                            int64 // seconds since 1970
	rewrites                            int   // counts rewrites that began; stays 0 before 7.0
}

func readPersistence(ctx context.Context, c *redis.Client) (persistence, error) {
	f, err := info(ctx, c, "persistence")
	if err != nil {
		return persistence{}, err
	}
	rewrites, _ := strconv.Atoi(f["aof_rewrites"])
	return persistence{
		saving:           f["rdb_bgsave_in_progress"] != "0",
		rewriting:        f["aof_rewrite_in_progress"] != "0",
		rewriteScheduled: f["aof_rewrite_scheduled"] != "0",
		saveStatus:       f["rdb_last_bgsave_status"],
		rewriteStatus:    f["aof_last_bgrewrite_status"],
		lastSave:         lastSave(f),
		rewrites:         rewrites,
	}, nil
}
