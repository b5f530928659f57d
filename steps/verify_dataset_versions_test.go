//go:build e2e

package steps_test

import (
	"strings"
	"testing"

	"redbook/internal/redistest"
	"redbook/internal/versions"
)

// TestVerifyDatasetVersions compares a dump of every server that a supported Debian ships with that server after a
// restart, AOF off and on. Then it finds the one value that differs, in a hash one of whose fields expires where there
// are such.
func TestVerifyDatasetVersions(t *testing.T) {
	for _, v := range versions.All() {
		for name, aof := range map[string][]redistest.Option{"AOF off": nil, "AOF on": {redistest.WithAOF()}} {
			t.Run(v.String()+", "+name, func(t *testing.T) {
				m := newMachine(t, append(aof, redistest.WithProgram(v.Program(t, "server")))...)
				m.Do(t, "HSET", "fields", "a", "1", "b", "2")
				if info := m.Do(t, "COMMAND", "INFO", "HPEXPIREAT").([]any); info[0] != nil {
					m.Do(t, "HPEXPIREAT", "fields", 4102444800123, "FIELDS", 1, "a")
				}
				m.Do(t, "SAVE")
				write(t, m.backup, read(t, m.dump()))
				if aof != nil { // of commands in an AOF a server does not count the keys
					rewrite := m.steps(t, `step "bgrewriteaof" "it" {}`)
					rewrite.done(t, rewrite.runnable(t))
				}
				m.Kill(t)
				m.Start(t)
				l := m.steps(t, datasetStep(m.backup, "all = true\nwrites = \"refuse\"\ncanary = true"))
				p := l.runnable(t)
				got := notes(p, "step.verify-dataset.x")
				if !strings.Contains(got, "compared 23 keys") || strings.Contains(got, "only type and expiry") || !strings.Contains(got, "DB loaded from") ||
					strings.Contains(got, "would go by the file") {
					t.Errorf("notes %s", got)
				}
				l.done(t, p)
				m.Do(t, "HSET", "fields", "b", "3")
				f := m.steps(t, datasetStep(m.backup, "all = true\nwrites = \"refuse\"")).plan(t).Failed()
				if f == nil || !strings.Contains(f.Failure, "1 difference") || !strings.Contains(f.Failure, `"fields" in db 0 has another value`) {
					t.Errorf("the changed hash: %+v", f)
				}
			})
		}
	}
}
