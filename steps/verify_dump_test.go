package steps_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redbook/internal/redistest"
	"redbook/runbook"
)

func TestVerifyDumpExample(t *testing.T) {
	scenario{
		path:  "verify_dump.hcl",
		given: func(m *machine) map[string]string { return map[string]string{"backup": m.backup} },
		ran: func(t *testing.T, m *machine, o *runbook.Outcome) {
			got := m.outputs(t, o.Run, "step.verify-dump.backup")
			content := read(t, m.backup)
			sum := sha256.Sum256(content)
			want := map[string]any{
				"keys": 22.0, "dbs": map[string]any{"0": 20.0, "3": 2.0}, "version": got["version"], "created": got["created"],
				"size": float64(len(content)), "sha256": hex.EncodeToString(sum[:]),
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("outputs (-want +got):\n%s", diff)
			}
			if n := m.effects(t, o.Run); n != 0 {
				t.Errorf("reading a dump had %d effects", n)
			}
		},
	}.test(t)
}

func TestVerifyDumpArguments(t *testing.T) {
	testArguments(t, "verify-dump", []argumentCase{
		{`path = "/a"
		  checksum = "optional"
		  max_age = "24h"
		  min_keys = 10`, ""},
		{`path = "a"`, "give an absolute path"},
		{`path = "/a"
		  checksum = "never"`, "never"},
		{`path = "/a"
		  max_age = "old"`, "max_age"},
		{``, "path"},
	})
}

func TestVerifyDump(t *testing.T) {
	m := newMachine(t, redistest.WithConf("databases 8"))
	step := func(path, more string) string {
		return fmt.Sprintf("step \"verify-dump\" \"x\" {\npath = %q\n%s\n}", path, more)
	}
	fails := func(path, more, want string) {
		t.Helper()
		m.fails(t, step(path, more), "step.verify-dump.x", want)
	}
	sum := sha256.Sum256(read(t, m.backup))
	l := m.steps(t, step(m.backup, fmt.Sprintf("sha256 = %q\nmin_keys = 22\nmax_age = \"1h\"", hex.EncodeToString(sum[:]))))
	l.done(t, l.runnable(t))

	fails(m.backup+"x", "", "no such file")
	fails(m.backup, "min_keys = 23", "it holds 22 keys, fewer than 23")
	fails(m.backup, `sha256 = "00"`, "not 00")
	m.engine.Now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	fails(m.backup, `max_age = "1h"`, "old, more than 1h0m0s")
	m.engine.Now = time.Now

	unchecked := m.backups + "/unchecked.rdb"
	// A trailer of zeros is what a server with rdbchecksum no writes.
	content := read(t, m.backup)
	write(t, unchecked, append(content[:len(content)-8], make([]byte, 8)...))
	fails(unchecked, "", "without a checksum")
	l = m.steps(t, step(unchecked, `checksum = "optional"`))
	l.done(t, l.runnable(t))

	// Keys in a database that the server does not have.
	small := newMachine(t, redistest.WithConf("databases 4"))
	small.Stop(t)
	setOnce(t, small.Conf, "databases 4", "databases 3")
	small.fails(t, step(small.backup, ""), "step.verify-dump.x", "set databases to at least 4")
}
