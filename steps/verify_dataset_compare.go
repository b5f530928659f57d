package steps

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"redbook/internal/rdb"
	"redbook/runbook"
	"redbook/runbook/host"
)

// mostDifferences is how many are told; the rest is counted.
const mostDifferences = 10

// A comparison holds a server against a dump.
type comparison struct {
	host      runbook.Host
	server    host.Server
	tolerance time.Duration
	strict    bool // what may not be read is an error

	forbidden        error // why keys were not compared
	compared, unread int64
	librariesKnown   bool
	differences      []string // the first ones
	total            int64
}

func (c *comparison) differ(format string, args ...any) {
	c.total++
	if len(c.differences) < mostDifferences {
		c.differences = append(c.differences, fmt.Sprintf(format, args...))
	}
}

// values compares keys.
func (c *comparison) values(ctx context.Context, keys []wantedKey) error {
	if len(keys) == 0 || c.forbidden != nil {
		return nil
	}
	names := make([]host.KeyName, len(keys))
	for i, k := range keys {
		names[i] = k.KeyName
	}
	values, err := c.server.Values(ctx, names)
	if errors.Is(err, host.ErrForbidden) && !c.strict {
		c.forbidden = err
		return nil
	}
	if err != nil {
		return fmt.Errorf("compare redis.%s: %w", c.host.Redis(), err)
	}
	now := c.host.Now()
	for i, want := range keys {
		if !want.ExpireAt.IsZero() && !want.ExpireAt.After(now.Add(c.tolerance)) {
			continue // gone, or about to go
		}
		c.compared++
		if want.unread {
			c.unread++
		}
		if problem := c.problem(want, values[i]); problem != "" {
			c.differ("key %s in db %d %s", abbreviate(want.Name), want.DB, problem)
		}
	}
	return nil
}

// problem says how a key differs, "" when it does not.
func (c *comparison) problem(want wantedKey, got host.Value) string {
	switch {
	case got.Type == "":
		return "is missing"
	case got.Type != want.Type:
		return fmt.Sprintf("is a %s, not a %s", got.Type, want.Type)
	case !want.unread && got.Elements != want.Elements:
		return fmt.Sprintf("has %s, not %d", elementsOf(got), want.Elements)
	case !want.unread && got.Digest != want.Digest:
		return "has another value"
	case want.ExpireAt.IsZero() && !got.ExpireAt.IsZero():
		return "expires, and must not"
	case got.ExpireAt.IsZero() && !want.ExpireAt.IsZero():
		return "does not expire, and must"
	case got.ExpireAt.Sub(want.ExpireAt).Abs() > c.tolerance:
		return fmt.Sprintf("expires at %s, not at %s", seconds(got.ExpireAt), seconds(want.ExpireAt))
	}
	return ""
}

func seconds(t time.Time) string { return t.UTC().Round(time.Second).Format(time.RFC3339) }

func elementsOf(v host.Value) string {
	switch v.Type {
	case "string":
		return fmt.Sprintf("%d bytes", v.Elements)
	case "stream":
		return fmt.Sprintf("%d entries", v.Elements)
	}
	return fmt.Sprintf("%d elements", v.Elements)
}

// keyspace compares the numbers of keys, and the functions.
func (c *comparison) keyspace(ctx context.Context, dump *datasetDump) error {
	k, err := c.server.Keyspace(ctx)
	if err != nil {
		return fmt.Errorf("compare redis.%s: %w", c.host.Redis(), err)
	}
	left := maps.Clone(k.Keys)
	for _, db := range dump.summary.DBs {
		got, most := k.Keys[db.Index], int64(db.Keys)
		least := most - dump.mayBeGone[db.Index]
		switch {
		case got >= least && got <= most:
		case least == most:
			c.differ("db %d holds %s, not %d", db.Index, plural(got, "key"), most)
		default:
			c.differ("db %d holds %s, not %d to %d (%d may have expired)", db.Index, plural(got, "key"), least, most, most-least)
		}
		delete(left, db.Index)
	}
	for _, db := range slices.Sorted(maps.Keys(left)) {
		c.differ("db %d holds %s, and the dump has none in it", db, plural(left[db], "key"))
	}
	c.librariesKnown = k.Libraries != nil
	if c.librariesKnown && len(dump.summary.Libraries) == dump.summary.Functions {
		c.functions(dump.summary.Libraries, k.Libraries)
	}
	return nil
}

func (c *comparison) functions(want, got []rdb.Library) {
	for _, l := range want {
		switch i := slices.IndexFunc(got, func(g rdb.Library) bool { return g.Name == l.Name }); {
		case i < 0:
			c.differ("function library %s is missing", quote(l.Name))
		case got[i].Code != l.Code:
			c.differ("function library %s has other code", quote(l.Name))
		}
	}
	for _, l := range got {
		if !slices.ContainsFunc(want, func(w rdb.Library) bool { return w.Name == l.Name }) {
			c.differ("function library %s is not in the dump", quote(l.Name))
		}
	}
}
