package preview_test

import (
	"context"
	"errors"
	"testing"

	"redbook/internal/aof"
	"redbook/runbook/host"
)

// buildAOF makes, in the data directory, the AOF of a dump there: with a second name of
// the dump, as it is made for a restore.
func buildAOF(name, dump, owner string) step {
	return func(ctx context.Context, m host.Machine, b *bench) error {
		uid, gid, err := m.Account(owner, owner)
		if err != nil {
			return err
		}
		dir, file := uint32(0o750), uint32(0o640)
		files := host.Attr{UID: uid, GID: gid, Mode: &file}
		manifest := aof.ForDump("appendonly.aof")
		in := func(entry string) string { return b.data(name + "/" + entry) }
		return errors.Join(
			m.MakeDir(ctx, b.data(name), host.Attr{UID: uid, GID: gid, Mode: &dir}),
			m.Link(ctx, b.data(dump), in(aof.BaseName("appendonly.aof", 1))),
			m.CreateFile(ctx, in(aof.IncrName("appendonly.aof", 1)), nil, files),
			m.CreateFile(ctx, in(aof.ManifestName("appendonly.aof")), []byte(manifest.String()), files),
		)
	}
}

// What a server loads from an AOF that was built of a dump beside its own.
func TestBuiltAOF(t *testing.T) {
	swap := func(aof string, more ...step) []step {
		return append([]step{stop, move("appendonlydir", "aof.old"), move(aof, "appendonlydir"), move("dump.rdb", "dump.old")}, more...)
	}
	staged := []step{restore("staged.rdb"), buildAOF("staged.aof", "staged.rdb", service)}
	on := []string{"appendonly yes"}
	for _, tt := range []fact{
		{name: "restore", conf: on, planned: "backup", real: "backup",
			steps: append(staged, swap("staged.aof", move("staged.rdb", "dump.rdb"), start)...)},
		{name: "with aof-use-rdb-preamble no", conf: append(on, "aof-use-rdb-preamble no"), planned: "backup", real: "backup",
			steps: append(staged, swap("staged.aof", move("staged.rdb", "dump.rdb"), start)...)},
		{name: "without the dump in its place", conf: on, planned: "backup", real: "backup",
			steps: append(staged, swap("staged.aof", start)...)},
		{name: "restarted", conf: on, planned: "backup", real: "backup",
			steps: append(staged, swap("staged.aof", start, write("late"), stop, start)...)},
		{name: "of a dump that is to be saved", conf: on, planned: "unknown", real: "live",
			steps: append([]step{save, buildAOF("staged.aof", "dump.rdb", service)}, swap("staged.aof", start)...)},
		{name: "T2 of another dump than is put in place", conf: on, trap: "aof-wins", real: "live",
			steps: append([]step{buildAOF("staged.aof", "dump.rdb", service)}, swap("staged.aof", restore("dump.rdb"), start)...)},
		{name: "T9 that is root's", conf: on, trap: "unreadable", real: "exits",
			steps: append([]step{restore("staged.rdb"), buildAOF("staged.aof", "staged.rdb", "root")}, swap("staged.aof", start)...)},
	} {
		t.Run(tt.name, tt.show)
	}
}
