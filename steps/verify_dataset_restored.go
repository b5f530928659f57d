package steps

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"redbook/runbook"
	"redbook/runbook/effect"
	"redbook/runbook/host"
)

// afterRestore checks what a server says of itself after it has loaded a dump
// of so many keys. What it does not tell is not checked.
func afterRestore(ctx context.Context, h runbook.Host, s host.Server, d host.Description, info map[string]string, keys int64, c *comparison) error {
	checked, err := loadState(info, h.Redis())
	if err != nil {
		return err
	}
	if loaded, told := number(info, "rdb_last_load_keys_loaded"); told {
		expired, _ := number(info, "rdb_last_load_keys_expired")
		checked = append(checked, "rdb_last_load_keys_loaded and _expired")
		if loaded+expired != keys {
			c.differ("the server loaded %d keys and dropped %d that had expired (rdb_last_load_keys_loaded, _expired); the dump holds %d",
				loaded, expired, keys)
		}
	}
	if evicted, told := number(info, "evicted_keys"); told {
		checked = append(checked, "evicted_keys")
		if evicted > 0 {
			c.differ("the server evicted %d keys (evicted_keys): maxmemory is too small for what it holds", evicted)
		}
	}
	options, err := agreement(ctx, h, s, d)
	if err != nil {
		return err
	}
	h.Note("checked %s", strings.Join(append(checked, options...), ", "))
	return nil
}

// loadState checks that the server is done with loading and can write its files.
func loadState(info map[string]string, redis string) (checked []string, err error) {
	for _, field := range []struct{ name, want, remedy string }{
		{"loading", "0", "wait until it has loaded"},
		{"async_loading", "0", "wait until it has loaded"},
		{"rdb_last_bgsave_status", "ok", "look into its log: it cannot write its dump"},
		{"aof_last_bgrewrite_status", "ok", "look into its log: it cannot write its AOF"},
		{"aof_last_write_status", "ok", "look into its log: it cannot write its AOF"},
	} {
		got, told := info[field.name]
		if !told {
			continue
		}
		checked = append(checked, field.name)
		if got != field.want {
			return nil, &runbook.CheckError{Problem: fmt.Sprintf("%s of redis.%s is %s, not %s", field.name, redis, got, field.want), Remedy: field.remedy}
		}
	}
	return checked, nil
}

func number(info map[string]string, field string) (n int64, told bool) {
	n, err := strconv.ParseInt(info[field], 10, 64)
	return n, err == nil
}

// agreement checks that the next start will find what this one has: the config
// file says what holds at run time.
func agreement(ctx context.Context, h runbook.Host, s host.Server, d host.Description) (checked []string, err error) {
	if d.Config == "" {
		return nil, nil
	}
	conf, err := effect.LoadConfig(h, d.Config)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"appendonly", "dbfilename", "dir"} {
		want := conf.Lookup(name)
		if name == "dir" {
			want = conf.Dir()
		}
		got, err := s.Option(ctx, name)
		switch {
		case errors.Is(err, host.ErrUnknown), want == "", name == "dir" && !filepath.IsAbs(want):
			continue
		case err != nil:
			return nil, err
		}
		checked = append(checked, name+" as in "+d.Config)
		if got != want && !sameDirectory(h, name, got, want) {
			return nil, &runbook.CheckError{
				Problem: fmt.Sprintf("%s of redis.%s is %s, and %s says %s: its next start would go by the file", name, h.Redis(), quote(got), d.Config, quote(want)),
				Remedy:  "make them agree: CONFIG REWRITE, or CONFIG SET " + name,
			}
		}
	}
	return checked, nil
}

// sameDirectory tells whether a directory has two names: the server gives the
// one without symlinks.
func sameDirectory(h runbook.Host, option, a, b string) bool {
	if option != "dir" {
		return false
	}
	x, err1 := h.Stat(filepath.Join(a, "."))
	y, err2 := h.Stat(filepath.Join(b, "."))
	if err1 != nil || err2 != nil {
		return false
	}
	return x.Kind == host.KindSymlink || y.Kind == host.KindSymlink || filepath.Clean(a) == filepath.Clean(b)
}
