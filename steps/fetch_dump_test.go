package steps_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"redbook/internal/rdb"
	"redbook/internal/redistest"
	"redbook/runbook"
)

// A server that waits for more replicas before it writes its dump costs a test
// seconds.
var promptSync = redistest.WithConf("repl-diskless-sync-delay 0")

var prompt = map[string][]redistest.Option{
	"aof off": {promptSync},
	"aof on":  {promptSync, redistest.WithAOF(), redistest.WithConf("appendfsync always")},
}

func TestFetchDumpExample(t *testing.T) {
	scenario{
		path:    "fetch_dump.hcl",
		servers: prompt,
		given:   func(m *machine) map[string]string { return map[string]string{"directory": m.backups} },
		ran: func(t *testing.T, m *machine, o *runbook.Outcome) {
			out := m.outputs(t, o.Run, "step.fetch-dump.now")
			content := read(t, out["path"].(string))
			sum := sha256.Sum256(content)
			if out["sha256"] != hex.EncodeToString(sum[:]) || out["size"] != float64(len(content)) || out["keys"] != 22.0 {
				t.Errorf("outputs %v, want those of a file of %d bytes, %x", out, len(content), sum)
			}
			if s, err := rdb.Check(bytes.NewReader(content)); err != nil || s.Keys() != 22 {
				t.Errorf("the dump: %+v, %v", s, err)
			}
		},
		back: func(t *testing.T, m *machine, _ *runbook.Outcome) {
			if names := entries(t, m.backups); len(names) != 1 {
				t.Errorf("after the roll-back the backups are %q, want backup.rdb alone", names)
			}
		},
	}.test(t)
}

func TestFetchDumpArguments(t *testing.T) {
	testArguments(t, "fetch-dump", []argumentCase{
		{`to = "/a"`, ""},
		{`to = "/a"
		  mode = "0640"`, ""},
		{`to = "a"`, "give an absolute path"},
		{`to = "/a"
		  mode = "rw"`, "octal"},
		{``, "to"},
	})
}

func TestFetchDumpRefuses(t *testing.T) {
	m := newMachine(t, promptSync)
	m.fails(t, `step "fetch-dump" "x" { to = "`+m.backup+`" }`, "step.fetch-dump.x", "redbook never overwrites")
	m.Stop(t)
	m.fails(t, `step "fetch-dump" "x" { to = "`+m.backups+`/new.rdb" }`, "step.fetch-dump.x", "start it first")
}
