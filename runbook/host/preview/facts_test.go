package preview_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redbook/runbook/host"
	"redbook/runbook/host/preview"
)

// A fact is shown twice: the picture foretells it, and a real server does it.
type fact struct {
	name     string
	conf     []string
	before   []string            // commands to the server before the plan
	backup   func([]byte) []byte // makes another backup of the good one
	steps    []step
	trap     host.Trap // of the picture's error
	warnings []string  // their traps
	planned  string    // what the picture says of the key where there is no error
	real     string    // what comes of it
	lost     string    // a key that the real server has lost
}

func TestFacts(t *testing.T) {
	const aofDir = "appendonlydir"
	for _, tt := range []fact{
		{name: "restore", steps: []step{stop, move("dump.rdb", "old"), restore("dump.rdb"), start}, planned: "backup", real: "backup"},
		{name: "restart", steps: []step{stop, start}, planned: "unknown", real: "live"},
		{name: "save and restart", steps: []step{save, stop, start}, planned: "unknown", real: "live"},
		{name: "restore and turn the AOF on",
			steps:   []step{stop, move("dump.rdb", "old"), restore("dump.rdb"), start, set("appendonly", "yes"), edit("appendonly", "yes"), stop, start},
			planned: "backup", real: "backup"},
		{name: "restore by an AOF made of the dump", conf: []string{"appendonly yes"},
			steps: []step{stop, move(aofDir+"/appendonly.aof.1.base.rdb", "old"), restore(aofDir + "/appendonly.aof.1.base.rdb"),
				move(aofDir+"/appendonly.aof.1.incr.aof", "old.incr"), copyEmpty(aofDir+"/appendonly.aof.1.incr.aof", service), start},
			planned: "backup", real: "backup"},
		{name: "an AOF that cannot be appended to", conf: []string{"appendonly yes"},
			steps: []step{stop, move(aofDir+"/appendonly.aof.1.incr.aof", "old.incr"), copyEmpty(aofDir+"/appendonly.aof.1.incr.aof", "root"), start},
			trap:  "unreadable", real: "exits"},
		{name: "T1 swapped while running", steps: []step{move("dump.rdb", "old"), restore("dump.rdb"), stop, start},
			trap: "swap-while-running", real: "live"},
		{name: "T1 the AOF moved from under its server", conf: []string{"appendonly yes"}, steps: []step{move(aofDir, "aof.old"), stop, start},
			trap: "swap-while-running", real: "none"},
		{name: "T2 the AOF wins", conf: []string{"appendonly yes"},
			steps: []step{stop, move("dump.rdb", "old"), restore("dump.rdb"), start}, trap: "aof-wins", real: "live"},
		{name: "T3 no AOF", conf: []string{"appendonly yes"},
			steps: []step{stop, move("dump.rdb", "old"), restore("dump.rdb"), move(aofDir, "aof.old"), start}, trap: "empty-aof", real: "none"},
		{name: "T3 by the config alone", steps: []step{stop, edit("appendonly", "yes"), start}, trap: "empty-aof", real: "none"},
		{name: "T4 rewrite before the restart",
			steps:    []step{stop, move("dump.rdb", "old"), restore("dump.rdb"), start, rewrite, write("late"), stop, edit("appendonly", "yes"), start},
			warnings: []string{"rewrite-before-restart"}, planned: "backup", real: "backup", lost: "late"},
		{name: "T6 the config disagrees", conf: []string{"appendonly yes"},
			steps: []step{set("appendonly", "no"), stop, move("dump.rdb", "old"), restore("dump.rdb"), start}, trap: "config-disagrees", real: "live"},
		{name: "T6 the other way", steps: []step{set("appendonly", "yes"), stop, start}, trap: "config-disagrees", real: "live"},
		{name: "T7 no dump", steps: []step{stop, move("dump.rdb", "old"), start}, trap: "starts-empty", real: "none"},
		{name: "T7 another name", steps: []step{stop, move("dump.rdb", "old"), restore("dumb.rdb"), start}, trap: "starts-empty", real: "none"},
		{name: "T7 another dir", steps: []step{stop, edit("dir", "/var/empty-of-redis"), start}, trap: "", real: "exits"},
		{name: "empty is meant", steps: []step{stop, move("dump.rdb", "old"), startEmpty}, planned: "none", real: "none"},
		{name: "T8 unreadable", steps: []step{stop, move("dump.rdb", "old"), restoreAs("dump.rdb", 0o600), start}, trap: "unreadable", real: "exits"},
		{name: "T9 AOF directory", conf: []string{"appendonly yes"}, steps: []step{stop, closeTo(aofDir), start}, trap: "unreadable", real: "exits"},
		{name: "T10 databases", conf: []string{"databases 2"},
			steps: []step{stop, move("dump.rdb", "old"), restore("dump.rdb"), start}, trap: "databases", real: "exits"},
		{name: "T14 no save points", conf: []string{`save ""`}, steps: []step{write("late"), stop, start},
			planned: "live", real: "live", lost: "late"},
		{name: "T5 the old AOF is unlinked", conf: []string{"appendonly yes"},
			steps:    []step{stop, edit("appendonly", "no"), start, set("appendonly", "yes")},
			warnings: []string{"aof-history-unlinked"}, planned: "unknown", real: "live"},
		{name: "T5 by a rewrite", conf: []string{"appendonly yes"},
			steps:    []step{stop, edit("appendonly", "no"), start, rewrite},
			warnings: []string{"aof-history-unlinked"}, planned: "unknown", real: "live"},
		{name: "T5 avoided", conf: []string{"appendonly yes"},
			steps:   []step{stop, edit("appendonly", "no"), move(aofDir, "aof.old"), start, set("appendonly", "yes"), edit("appendonly", "yes"), stop, start},
			planned: "unknown", real: "live"},
		{name: "an AOF of an older version", conf: []string{"appendonly yes"},
			steps: []step{stop, move(aofDir, "old"), restore("appendonly.aof"), give("appendonly.aof"), start}, planned: "backup", real: "backup"},
		{name: "rewrite with the AOF on", conf: []string{"appendonly yes"}, steps: []step{rewrite, rewrite}, planned: "live", real: "live"},
		{name: "T11 newer dump", backup: asVersion("0012"),
			steps: []step{stop, move("dump.rdb", "old"), restore("dump.rdb"), start}, trap: "newer-rdb", real: "exits"},
		{name: "T11 far newer dump", backup: asVersion("0099"),
			steps: []step{stop, move("dump.rdb", "old"), restore("dump.rdb"), start}, trap: "newer-rdb", real: "exits"},
		{name: "damaged dump", backup: func(b []byte) []byte { b[len(b)-3] ^= 1; return b },
			steps: []step{stop, move("dump.rdb", "old"), restore("dump.rdb"), start}, trap: "damaged-dump", real: "exits"},
		{name: "cut dump", backup: func(b []byte) []byte { return b[:len(b)/2] },
			steps: []step{stop, move("dump.rdb", "old"), restore("dump.rdb"), start}, trap: "damaged-dump", real: "exits"},
		{name: "empty dump", backup: func([]byte) []byte { return nil },
			steps: []step{stop, move("dump.rdb", "old"), restore("dump.rdb"), start}, trap: "damaged-dump", real: "exits"},
		{name: "T14 an old dump", conf: []string{`save ""`}, before: []string{"SET late written"}, steps: []step{stop, start},
			warnings: []string{"old-dump"}, planned: "live", real: "live", lost: "late"},
		{name: "T14 with the AOF", conf: []string{`save ""`, "appendonly yes"}, before: []string{"SET late written"}, steps: []step{stop},
			warnings: []string{"old-dump"}, planned: "down", real: "down"},
		{name: "a default user without rights", conf: []string{"appendonly yes", "user default on nopass ~* &* +@read +@write -append " +
			"+@connection +@admin +@dangerous +@scripting +@transaction"},
			before: []string{"ACL SETUSER default +append", `EVAL redis.call("append",KEYS[1],"x");redis.call("append",KEYS[1],"y") 1 late`},
			steps:  []step{stop, start}, trap: "default-user", real: "live", lost: "late"},
		{name: "a default user with most rights", conf: []string{"appendonly yes", "user default on nopass ~* &* +@all -append"},
			before: []string{"ACL SETUSER default +append", `EVAL redis.call("append",KEYS[1],"x");redis.call("append",KEYS[1],"y") 1 late`},
			steps:  []step{stop, start}, warnings: []string{"default-user"}, planned: "unknown", real: "live", lost: "late"},
		{name: "a default user without rights and no transaction", conf: []string{"appendonly yes", "user default on nopass ~* &* +@all -append"},
			before: []string{"ACL SETUSER default +append", "APPEND early x"},
			steps:  []step{stop, start}, planned: "unknown", real: "live"},
		{name: "T22 no checksum", backup: func(b []byte) []byte { return append(b[:len(b)-8], make([]byte, 8)...) },
			steps:    []step{stop, move("dump.rdb", "old"), restore("dump.rdb"), start},
			warnings: []string{"unchecked-dump"}, planned: "backup", real: "backup"},
		{name: "T21 no newline", conf: []string{"appendonly yes"},
			steps: []step{stop, chop(aofDir + "/appendonly.aof.manifest"), start}, trap: "broken-aof", real: "exits"},
		{name: "T21 a file is missing", conf: []string{"appendonly yes"},
			steps: []step{stop, remove(aofDir + "/appendonly.aof.1.incr.aof"), start}, trap: "broken-aof", real: "exits"},
	} {
		t.Run(tt.name, tt.show)
	}
}

func (f fact) show(t *testing.T) {
	b := newBench(t, f.conf...)
	for _, command := range f.before {
		b.Do(t, anys(strings.Fields(command))...)
	}
	if f.backup != nil {
		b.changeBackup(f.backup)
	}
	p := preview.New(b.machine(t), preview.Options{})
	before := inventory(t, b.Dir)
	err := do(ctx(t), p, b, f.steps)
	if diff := cmp.Diff(before, inventory(t, b.Dir)); diff != "" {
		t.Errorf("the picture changed the machine (-before +after):\n%s", diff)
	}
	if trap := host.TrapOf(err); trap != f.trap {
		t.Errorf("trap %q, want %q; the error: %v", trap, f.trap, err)
	}
	if f.planned != "" {
		if got := outcome(t, p, err, "k"); got != f.planned {
			t.Errorf("planned %s, want %s", got, f.planned)
		}
	} else if err == nil {
		t.Error("the picture sees no error")
	}
	if diff := cmp.Diff(append([]string{}, f.warnings...), trapsOf(p.Warnings())); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}

	planned := list(t, p, b.Data)
	m := b.machine(t)
	if got := outcome(t, m, do(ctx(t), m, b, f.steps), "k"); got != f.real {
		t.Errorf("the real server: %s, want %s", got, f.real)
	}
	if f.lost != "" {
		if got := outcome(t, m, nil, f.lost); got != "none" {
			t.Errorf("the real server has %s = %s, want it lost", f.lost, got)
		}
	}
	if f.trap == "" && f.real != "exits" {
		if diff := cmp.Diff(planned, list(t, m, b.Data)); diff != "" {
			t.Errorf("files in the data directory (-planned +real):\n%s", diff)
		}
	}
}

func do(ctx context.Context, m host.Machine, b *bench, steps []step) error {
	for n, s := range steps {
		if p, planning := m.(*preview.Picture); planning {
			p.At(fmt.Sprintf("step.%d", n))
		}
		if err := s(ctx, m, b); err != nil {
			return err
		}
	}
	return nil
}

// outcome is what came of the steps: the value of a key, "none" where it is
// not there, "unknown" where only the run knows, and "exits".
func outcome(t *testing.T, m host.Machine, err error, key string) string {
	t.Helper()
	var failed *host.StartError
	if errors.As(err, &failed) {
		return "exits"
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := m.Server("main")
	if err != nil {
		t.Fatal(err)
	}
	k, err := s.Key(ctx(t), 0, key)
	switch {
	case errors.Is(err, host.ErrUnknown):
		return "unknown"
	case errors.Is(err, host.ErrDown):
		return "down"
	case err != nil:
		t.Fatal(err)
	case !k.Exists:
		return "none"
	}
	return k.Value
}

// asVersion makes a dump of another version; its checksum then is "none".
func asVersion(digits string) func([]byte) []byte {
	return func(b []byte) []byte {
		copy(b[len("REDIS"):], digits)
		return append(b[:len(b)-8], make([]byte, 8)...)
	}
}

func anys(words []string) []any {
	list := make([]any, len(words))
	for i, w := range words {
		list[i] = w
	}
	return list
}

// What CONFIG SET refuses, it refuses in the plan.
func TestOptionsThatCannotBeSet(t *testing.T) {
	b := newBench(t)
	for _, option := range [][2]string{{"dir", "/tmp"}, {"dbfilename", "other.rdb"}, {"databases", "3"}, {"appendfilename", "x"}, {"appendonly", "maybe"}} {
		refused := set(option[0], option[1])
		if err := refused(ctx(t), preview.New(b.machine(t), preview.Options{}), b); err == nil {
			t.Errorf("the picture sets %s", option)
		}
		if err := refused(ctx(t), b.machine(t), b); err == nil {
			t.Errorf("the real server sets %s", option)
		}
	}
	if err := set("maxmemory", "1gb")(ctx(t), preview.New(b.machine(t), preview.Options{}), b); err != nil {
		t.Error(err)
	}
}
