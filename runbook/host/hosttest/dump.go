package hosttest

import (
	"context"
	"os"
	"testing"

	"redbook/internal/rdb"
)

// readsDumps is the contract of host.DumpReader, before and after a change.
func readsDumps(t *testing.T, open func(t *testing.T) FileMachine) {
	const whole = "REDIS0009\xff\x00\x00\x00\x00\x00\x00\x00\x00" // without keys and without a checksum
	dir := t.TempDir()
	plant(t, dir)
	must(t, os.WriteFile(dir+"/whole", []byte(whole), 0o600))
	must(t, os.WriteFile(dir+"/cut", []byte(whole[:12]), 0o600))
	m := open(t)
	ctx := context.Background()
	_, err := m.CopyFile(ctx, dir+"/whole", dir+"/full/copied", keep)
	must(t, err)
	must(t, m.Rename(ctx, dir+"/cut", dir+"/moved"))
	for name, want := range map[string]struct{ isDump, damaged bool }{
		"whole": {true, false}, "full/copied": {true, false}, "moved": {true, true}, "a": {false, true}, "none": {false, true},
	} {
		d, err := m.ReadDump(ctx, dir+"/"+name)
		must(t, err)
		if d.IsDump != want.isDump || (d.Damage != nil) != want.damaged || (d.Summary == nil) != want.damaged {
			t.Errorf("ReadDump of %s = %+v, want a dump: %t, damaged: %t", name, d, want.isDump, want.damaged)
		}
		if digest, err := m.Digest(ctx, dir+"/"+name); err != nil || d.Digest != digest {
			t.Errorf("ReadDump of %s digests %+v, Digest %+v, %v", name, d.Digest, digest, err)
		}
	}
	if d, err := m.ReadDump(ctx, dir+"/whole"); err != nil || d.Summary.Checksum != rdb.Unchecked {
		t.Errorf("a dump without a checksum: %+v, %v", d.Summary, err)
	}
	for _, name := range []string{"full", "fifo", "link", "cut"} {
		if d, err := m.ReadDump(ctx, dir+"/"+name); err == nil {
			t.Errorf("ReadDump of %s = %+v, want an error", name, d)
		}
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := m.ReadDump(canceled, dir+"/b"); !is(err, context.Canceled) {
		t.Errorf("ReadDump when it is cancelled: %v", err)
	}
}
