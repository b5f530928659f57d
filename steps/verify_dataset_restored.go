package steps

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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
	around, err := surroundings(ctx, h, s, d)
	if err != nil {
		return err
	}
	checked = append(checked, around...)
	options, err := agreement(ctx, h, s, d)
	if err != nil {
		return err
	}
	h.Note("checked %s", strings.Join(checked, ", "))
	if len(options) > 0 {
		h.Note("%s as in %s", strings.Join(options, ", "), d.Config)
	}
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
	if d.Untold {
		h.Note("redis.%s does not tell its settings (CONFIG GET): they were not compared with %s", h.Redis(), d.Config)
		return nil, nil
	}
	conf, err := effect.LoadConfig(h, d.Config)
	if err != nil {
		return nil, err
	}
	unequal := func(a, b string) bool { return a != b }
	options := []option{
		{"appendonly", conf.Lookup("appendonly"), unequal},
		{"dbfilename", conf.Lookup("dbfilename"), unequal},
		{"dir", conf.Dir(), func(a, b string) bool { return otherDirectory(h, a, b, d.DBFilename) }},
	}
	if points, err := conf.SaveOption(d.Major()); err == nil && d.Major() > 0 {
		options = append(options, option{"save", points, unequal})
	}
	for _, o := range options {
		runTime, err := s.Option(ctx, o.name)
		switch {
		case errors.Is(err, host.ErrUnknown):
			continue
		case err != nil:
			return nil, err
		case !o.differ(runTime, o.file):
			checked = append(checked, o.name)
			continue
		}
		problem := fmt.Sprintf("%s of redis.%s is %s, and %s says %s: its next start would go by the file",
			o.name, h.Redis(), quote(runTime), d.Config, quote(o.file))
		if o.name == "appendonly" {
			return nil, &runbook.CheckError{Problem: problem, Remedy: "make them agree with an enable-aof or a disable-aof step"}
		}
		h.Note("%s, unless its command line sets %s", problem, o.name)
	}
	return checked, nil
}

// An option as a config file has it.
type option struct {
	name, file string
	differ     func(runTime, file string) bool
}

// otherDirectory tells whether two paths lead to two directories. A directory
// may have many names, and the server gives the one without symlinks; so what
// counts is the file in it.
func otherDirectory(h runbook.Host, a, b, file string) bool {
	if a == b || !filepath.IsAbs(b) {
		return false
	}
	x, err1 := h.Stat(filepath.Join(a, file))
	y, err2 := h.Stat(filepath.Join(b, file))
	if err1 != nil || err2 != nil {
		return errors.Is(errors.Join(err1, err2), fs.ErrNotExist) && (err1 == nil) != (err2 == nil)
	}
	return x.Device != y.Device || x.Inode != y.Inode
}
