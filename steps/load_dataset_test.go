package steps_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redbook/internal/redistest"
	"redbook/runbook"
)

func TestLoadDatasetExample(t *testing.T) {
	scenario{
		path:    "load_dataset.hcl",
		servers: prompt,
		given: func(m *machine) map[string]string {
			return map[string]string{"backup": m.backup, "snapshot": filepath.Join(m.backups, "before.rdb")}
		},
		prepare: damage,
		ran:     restored,
		back:    keptAside,
	}.test(t)
}

// keptAside wants what the server held before a roll-back in a file that a note names.
func keptAside(t *testing.T, m *machine, o *runbook.Outcome) {
	t.Helper()
	notes := strings.Join(o.Notes, "\n")
	for _, name := range entries(t, m.backups) {
		if strings.Contains(name, ".redbook-") && strings.Contains(notes, filepath.Join(m.backups, name)) {
			return
		}
	}
	t.Errorf("what was loaded was not kept, or no note says where: %q", o.Notes)
}

func TestLoadDatasetArguments(t *testing.T) {
	testArguments(t, "load-dataset", []argumentCase{
		{`path = "/a"
		  snapshot = "/b"
		  listen = "10.0.0.1"
		  allow_loading = true`, ""},
		{`path = "/a"
		  snapshot = "/a"`, "the same path"},
		{`path = "a"
		  snapshot = "/b"`, "give an absolute path"},
		{`path = "/a"`, "snapshot"},
	})
}

// The plan answers for the time after the load from the dump.
func TestPlanAfterLoadDataset(t *testing.T) {
	m := newMachine(t, promptSync)
	damage(t, m)
	body := fmt.Sprintf(`
step "fetch-dump" "before" { to = "%s/before.rdb" }
step "load-dataset" "x" {
  path     = %q
  snapshot = step.fetch-dump.before.path
}
`, m.backups, m.backup)
	for check, want := range map[string]string{
		`equals = "3 sides"`: "", `equals = "4 sides"`: "not",
	} {
		p := m.steps(t, body+fmt.Sprintf("step \"verify-key\" \"x\" {\nkey = \"shapes:triangles\"\n%s\n}\n", check)).plan(t)
		switch f := p.Failed(); {
		case want == "" && f != nil:
			t.Errorf("%s: the plan fails at %s: %s", check, f.Address, f.Failure)
		case want != "" && (f == nil || !strings.Contains(f.Failure, want)):
			t.Errorf("%s: the plan does not fail as it must: %+v", check, f)
		}
	}
}

// A server that cannot write its AOF exits after a load: that shows before, and it goes on with what it has.
func TestLoadDatasetWithBrokenAOF(t *testing.T) {
	m := newMachine(t, promptSync, redistest.WithAOF())
	m.Do(t, "SET", "old", "data")
	snapshot := filepath.Join(m.backups, "copy.rdb")
	write(t, snapshot, read(t, m.backup))
	if err := os.Rename(m.Data+"/appendonlydir", m.Data+"/moved"); err != nil {
		t.Fatal(err)
	}
	write(t, m.Data+"/appendonlydir", nil)
	l := m.steps(t, fmt.Sprintf("step \"load-dataset\" \"x\" {\npath = %q\nsnapshot = %q\n}", m.backup, snapshot))
	o := l.run(t, l.runnable(t))
	if o.Status != runbook.StatusRolledBack || !strings.Contains(o.Cause.Error(), "AOF at "+m.Data+"/appendonlydir") {
		t.Errorf("it ended %s: %v", o.Status, o.Cause)
	}
	if got := m.Do(t, "GET", "old"); got != "data" {
		t.Errorf("the server holds %v", got)
	}
}

func TestLoadDatasetRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		conf []string
		want string
	}{
		"memory":  {[]string{"maxmemory 2mb"}, "maxmemory is 2 MiB"},
		"cluster": {[]string{`rename-command REPLICAOF ""`}, "REPLICAOF is renamed"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, redistest.WithConf(tt.conf...))
			copied := filepath.Join(m.backups, "copy.rdb")
			write(t, copied, read(t, m.backup))
			m.fails(t, fmt.Sprintf("step \"load-dataset\" \"x\" {\npath = %q\nsnapshot = %q\n}", m.backup, copied), "step.load-dataset.x", tt.want)
		})
	}
	m := newMachine(t)
	damaged := filepath.Join(m.backups, "damaged.rdb")
	content := read(t, m.backup)
	content[len(content)/2] ^= 1
	write(t, damaged, content)
	m.fails(t, fmt.Sprintf("step \"load-dataset\" \"x\" {\npath = %q\nsnapshot = %q\n}", damaged, m.backup), "step.load-dataset.x", "damaged")
	m.fails(t, fmt.Sprintf("step \"load-dataset\" \"x\" {\npath = %q\nsnapshot = %q\n}", m.backup, damaged), "step.load-dataset.x", "damaged")
}

func TestRestoreLiveRunbook(t *testing.T) {
	scenario{
		path:    "../runbooks/restore-live.hcl",
		servers: prompt,
		given: func(m *machine) map[string]string {
			return map[string]string{
				"backup": m.backup, "snapshot": filepath.Join(m.backups, "before.rdb"),
				"key": "shapes:triangles", "value": "3 sides",
			}
		},
		prepare: damage,
		ran:     restored,
		back:    keptAside,
	}.test(t)
}
