package steps_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc64"
	"path/filepath"
	"slices"
	"testing"

	"redbook/runbook"
)

// TestDamagedDump hands restore.hcl dumps that must not be restored. Each is
// refused in the plan, before the server is stopped, and nothing is touched.
func TestDamagedDump(t *testing.T) {
	t.Parallel() // it waits most of its time
	m := newMachine(t)
	good := read(t, m.backup)
	path := filepath.Join(m.backups, "damaged.rdb")
	keys := m.digest(t)
	before := m.snapshot(t)
	damaged := damagedDumps(good)
	for name, content := range damaged {
		write(t, path, content)
		l := m.load(t, "restore.hcl", string(read(t, "../runbooks/restore.hcl")), map[string]string{"backup": path})
		p := l.plan(t)
		f := p.Failed()
		if f == nil || f.Address != "step.verify-dump.backup" || p.Effects() != 0 {
			t.Errorf("%s: the plan fails at %+v with %d effects, want at step.verify-dump.backup with none", name, f, p.Effects())
			continue
		}
		_, err := m.engine.Run(context.Background(), l.runbook, l.vars, p)
		var check *runbook.CheckError
		if !errors.As(err, &check) {
			t.Errorf("%s: the run says %v, want a CheckError", name, err)
		}
	}
	write(t, path, nil)
	after := m.snapshot(t)
	foreign := func(line string) bool {
		return bytes.Contains([]byte(line), []byte(m.backups)) // where this test itself writes
	}
	compareSnapshots(t, fmt.Sprintf("planning %d damaged dumps", len(damaged)),
		slices.DeleteFunc(before, foreign), slices.DeleteFunc(after, foreign))
	if m.digest(t) != keys {
		t.Error("the dataset changed")
	}
	if ids, err := m.engine.Store.Runs(); err != nil || len(ids) != 0 {
		t.Errorf("there are runs %q, %v", ids, err)
	}
}

// damagedDumps spoils a good dump in every way that must be seen.
func damagedDumps(good []byte) map[string][]byte {
	dumps := map[string][]byte{
		"empty":          {},
		"text":           []byte("# Redis configuration file\n" + string(bytes.Repeat([]byte("save 900 1\n"), 100))),
		"appended":       slices.Concat(good, []byte("x")),
		"twice":          slices.Concat(good, good),
		"wrong checksum": slices.Concat(good[:len(good)-8], []byte("checksum")),
	}
	offsets := []int{0, 4, 5, 8, 9, 10, 30, len(good) - 10, len(good) - 9, len(good) - 8, len(good) - 1}
	for i := 1; i < 20; i++ {
		offsets = append(offsets, i*len(good)/20)
	}
	for _, at := range offsets {
		for _, bit := range []int{0, 5} {
			flipped := slices.Clone(good)
			flipped[at] ^= 1 << bit
			dumps[fmt.Sprintf("bit %d of byte %d of %d flipped", bit, at, len(good))] = flipped
		}
		dumps[fmt.Sprintf("cut off after %d of %d bytes", at, len(good))] = good[:at]
	}
	for _, version := range []string{"0000", "0099", "9999", "00 9", "-001"} {
		dumps["version "+version] = sealed(slices.Concat([]byte("REDIS"+version), good[9:len(good)-8]))
	}
	return dumps
}

// sealed gives a dump the checksum of its content: CRC-64 Jones, reflected,
// without the inversions of hash/crc64.
func sealed(content []byte) []byte {
	table := crc64.MakeTable(0x95ac9329ac4bc9b5)
	return binary.LittleEndian.AppendUint64(content, ^crc64.Update(^uint64(0), table, content))
}
