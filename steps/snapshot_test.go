package steps_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A snapshot is all that a plan could have touched, line by line: every file
// with its metadata, and what the server counts.
type snapshot []string

// snapshot looks at the machine without leaving a trace of its own in what it
// looks at.
func (m *machine) snapshot(t *testing.T) snapshot {
	t.Helper()
	s := snapshot{fmt.Sprintf("pid %d", m.PID())}
	for _, root := range []string{m.Dir, m.backups} {
		s = append(s, files(t, root)...)
	}
	if m.PID() != 0 {
		s = append(s, m.counters(t)...)
	}
	return s
}

func compareSnapshots(t *testing.T, what string, before, after snapshot) {
	t.Helper()
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("%s touched the machine (-before +after):\n%s", what, diff)
	}
}

// files lists a tree: kind, mode, owner, links, inode, size, times, content.
func files(t *testing.T, root string) (lines []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		st := info.Sys().(*syscall.Stat_t)
		line := fmt.Sprintf("%s %s %d:%d links %d inode %d size %d modified %d changed %d",
			path, info.Mode(), st.Uid, st.Gid, st.Nlink, st.Ino, st.Size, st.Mtim.Nano(), st.Ctim.Nano())
		if info.Mode().IsRegular() {
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			line += fmt.Sprintf(" sha256 %x", sha256.Sum256(content))
		}
		lines = append(lines, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// changing are the fields of INFO that tell of a change to data or files.
var changing = []string{
	"run_id", "loading", "rdb_", "aof_", "db", "total_forks", "expired_keys", "evicted_keys", "role", "master_", "connected_slaves",
	"functions.count", "number_of_functions", "number_of_libraries", "total_blocking_keys", "dirty",
}

// passing are those among them that tell of time and of the disk, not of
// changes.
var passing = []string{"aof_pending_bio_fsync", "aof_delayed_fsync", "aof_buffer_length", "aof_last_cow_size", "rdb_last_cow_size"}

// harmless are the commands that a plan may send.
var harmless = []string{
	"info", "ping", "config|get", "get", "type", "pttl", "exists", "select", "hello", "auth", "lastsave", "command", "client|setinfo", "time",
	"strlen", "llen", "lrange", "scard", "smembers", "sscan", "hlen", "hgetall", "hscan", "zcard", "zrange", "xinfo|stream", "function|list",
	"command|info", "acl|whoami", "acl|dryrun", "module|list", "pubsub|channels", "pubsub|numsub", "client|list",
}

// counters are what INFO counts of changes, all options, and each command that
// is not harmless with the number of its calls.
func (m *machine) counters(t *testing.T) (lines []string) {
	t.Helper()
	client := m.Client(t)
	info, err := client.Info(context.Background(), "everything").Result()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(info) {
		line = strings.TrimSpace(line)
		name, value, _ := strings.Cut(line, ":")
		if command, ok := strings.CutPrefix(name, "cmdstat_"); ok {
			calls, _, _ := strings.Cut(value, ",")
			if !slices.Contains(harmless, command) {
				lines = append(lines, command+" "+calls)
			}
			continue
		}
		if slices.Contains(passing, name) {
			continue
		}
		line, _, _ = strings.Cut(line, ",avg_ttl")
		if slices.ContainsFunc(changing, func(p string) bool { return strings.HasPrefix(name, p) }) {
			lines = append(lines, line)
		}
	}
	options, err := client.ConfigGet(context.Background(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range options {
		lines = append(lines, "option "+name+" "+value)
	}
	slices.Sort(lines)
	return lines
}
