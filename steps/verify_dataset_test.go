package steps_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"redbook/internal/redistest"
	"redbook/runbook"
)

func TestVerifyDatasetExample(t *testing.T) {
	scenario{
		path:  "verify_dataset.hcl",
		given: func(m *machine) map[string]string { return map[string]string{"backup": m.backup} },
		ran: func(t *testing.T, m *machine, o *runbook.Outcome) {
			got := m.outputs(t, o.Run, "step.verify-dataset.backup")
			if got["keys"] != 22.0 || got["compared"] != 22.0 || got["differences"] != 0.0 {
				t.Errorf("outputs %v", got)
			}
			if n := m.effects(t, o.Run); n != 0 {
				t.Errorf("comparing had %d effects", n)
			}
		},
	}.test(t)
}

func TestVerifyDatasetArguments(t *testing.T) {
	testArguments(t, "verify-dataset", []argumentCase{
		{`path = "/a"
		  sample = 10
		  tolerance = "1s"
		  writes = "refuse"
		  restored = false`, ""},
		{`path = "/a"
		  all = true`, ""},
		{`path = "a"`, "give an absolute path"},
		{`path = "/a"
		  sample = -1`, "is negative"},
		{`path = "/a"
		  writes = "ignore"`, "ignore"},
		{``, "path"},
	})
}

func datasetStep(path, more string) string {
	return fmt.Sprintf("step \"verify-dataset\" \"x\" {\npath = %q\n%s\n}\n", path, more)
}

const restartSteps = "step \"stop-service\" \"redis\" {}\nstep \"start\" \"redis\" {}\n"

// TestVerifyDataset changes one thing at a time, and wants it told of the server and of a dump that a planned start loads.
func TestVerifyDataset(t *testing.T) {
	for _, tt := range []struct {
		change []any
		want   string // "" when nothing differs
	}{
		{[]any{"PING"}, ""},
		{[]any{"SET", "shapes:triangles", "4 sides"}, `key "shapes:triangles" in db 0 has another value`},
		{[]any{"APPEND", "shapes:triangles", "!"}, `has 8 bytes, not 7`},
		{[]any{"DEL", "shapes:triangles"}, `key "shapes:triangles" in db 0 is missing`},
		{[]any{"DEL", "shapes:triangles"}, "db 0 holds 19 keys, not 20"},
		{[]any{"SET", "more", "v"}, "db 0 holds 21 keys, not 20"},
		{[]any{"MOVE", "list:small", 5}, "db 5 holds 1 key, and the dump has none in it"},
		{[]any{"SET", "hash:small", "v"}, "is a string, not a hash"},
		{[]any{"LSET", "list:large", 300, "other"}, `key "list:large" in db 0 has another value`},
		{[]any{"SMOVE", "set:large", "set:small", "member:0001"}, "has 599 elements, not 600"},
		{[]any{"HSET", "hash:large", "member:0001", "other"}, `key "hash:large" in db 0 has another value`},
		{[]any{"ZADD", "zset:large", 1.5, "member:0001"}, `key "zset:large" in db 0 has another value`},
		{[]any{"XADD", "stream:orders", "3-1", "a", "b"}, "has 3 entries, not 2"},
		{[]any{"XACK", "stream:orders", "workers", "1-1"}, `key "stream:orders" in db 0 has another value`},
		{[]any{"XGROUP", "DESTROY", "stream:orders", "workers"}, `key "stream:orders" in db 0 has another value`},
		{[]any{"EXPIRE", "shapes:triangles", 1000}, "expires, and must not"},
		{[]any{"PERSIST", "string:expiring"}, "does not expire, and must"},
		{[]any{"EXPIREAT", "string:expiring", 4102444900}, "expires at 2100-01-01T00:01:40Z, not at 2100-01-01T00:00:00Z"},
		{[]any{"FUNCTION", "FLUSH"}, `function library "sample" is missing`},
		{[]any{"FUNCTION", "LOAD", "REPLACE", "#!lua name=sample\nredis.register_function('sides', function() return 4 end)"},
			`function library "sample" has other code`},
	} {
		name := strings.ReplaceAll(fmt.Sprint(tt.change[:min(2, len(tt.change))]...), "/", "")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, redistest.WithoutSave())
			m.Do(t, tt.change...)
			m.Do(t, "SAVE")
			step := datasetStep(m.backup, "all = true\nwrites = \"refuse\"\nrestored = false")
			for _, body := range []string{step, restartSteps + step} {
				got := ""
				if f := m.steps(t, body).plan(t).Failed(); f != nil {
					got = f.Failure
				}
				if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			}
		})
	}
}

// TestVerifyDatasetAfterRestart: what clients write after the start is no failure, unless the step says so.
func TestVerifyDatasetAfterRestart(t *testing.T) {
	m := newMachine(t, redistest.WithoutSave())
	m.Do(t, "SET", "other", "data")
	m.Do(t, "SAVE")
	other := m.backup + ".other"
	write(t, other, read(t, m.dump()))
	write(t, m.dump(), read(t, m.backup))
	m.Kill(t)
	m.Start(t)

	l := m.steps(t, datasetStep(m.backup, ""))
	p := l.runnable(t)
	for _, name := range []string{"loading", "rdb_last_load_keys_loaded", "evicted_keys", "rdb_last_bgsave_status", "aof_last_write_status",
		"owner and mode of dump.rdb", "its log says: DB loaded from disk", "appendonly, dbfilename, dir, save as in"} {
		if got := notes(p, "step.verify-dataset.x"); !strings.Contains(got, name) {
			t.Errorf("%s was not checked: %s", name, got)
		}
	}
	l.done(t, p)
	m.fails(t, datasetStep(other, ""), "step.verify-dataset.x", "the server loaded 22 keys and dropped 0")
	m.fails(t, datasetStep(other, "restored = false"), "step.verify-dataset.x", "db 0 holds 20 keys, not 21")

	m.Do(t, "SET", "shapes:triangles", "by a client")
	l = m.steps(t, datasetStep(m.backup, ""))
	p = l.runnable(t)
	if got := notes(p, "step.verify-dataset.x"); !strings.Contains(got, "clients have written") || !strings.Contains(got, "shapes:triangles") {
		t.Errorf("notes %s", got)
	}
	if got := m.outputs(t, l.done(t, p).Run, "step.verify-dataset.x"); got["differences"] != 1.0 {
		t.Errorf("outputs %v", got)
	}
	m.fails(t, datasetStep(m.backup, `writes = "refuse"`), "step.verify-dataset.x", "has 11 bytes, not 7")

	conf := string(read(t, m.Conf))
	write(t, m.Conf, []byte(conf+"dbfilename elsewhere.rdb\n"))
	p = m.steps(t, datasetStep(m.backup, "")).runnable(t)
	if got := notes(p, "step.verify-dataset.x"); !strings.Contains(got, "its next start would go by the file") {
		t.Errorf("notes %s", got)
	}
	m.Do(t, "CONFIG", "SET", "save", "900 1")
	write(t, m.Conf, []byte(conf))
	if err := os.Chown(m.dump(), 65534, 65534); err != nil && os.Geteuid() == 0 {
		t.Fatal(err)
	}
	if err := os.Chmod(m.dump(), 0o662); err != nil {
		t.Fatal(err)
	}
	got := notes(m.steps(t, datasetStep(m.backup, "")).runnable(t), "step.verify-dataset.x")
	if want := "dump.rdb has the mode 0662: every user may write it"; !strings.Contains(got, want) {
		t.Errorf("notes %s", got)
	}
	if want := `save of redis.main is "900 1", and `; !strings.Contains(got, want) {
		t.Errorf("notes %s", got)
	}
	if want := "dump.rdb does not belong to "; strings.Contains(got, want) != (os.Geteuid() == 0) {
		t.Errorf("notes %s", got)
	}
	write(t, m.Conf, []byte(conf+"appendonly yes\n"))
	m.fails(t, datasetStep(m.backup, ""), "step.verify-dataset.x", "its next start would go by the file")
}

// TestVerifyDatasetCanary: a write is tried, and nothing of it stays.
func TestVerifyDatasetCanary(t *testing.T) {
	m := newMachine(t)
	step := datasetStep(m.backup, "restored = false\ncanary = true")
	l := m.steps(t, step)
	if n := m.effects(t, l.done(t, l.runnable(t)).Run); n != 1 {
		t.Errorf("%d effects", n)
	}
	if got := m.Do(t, "DBSIZE"); got != int64(20) {
		t.Errorf("%v keys", got)
	}
	for _, tt := range []struct {
		change []any
		want   string
	}{
		{[]any{"CONFIG", "SET", "maxmemory", "1"}, "OOM"},
		{[]any{"CONFIG", "SET", "maxmemory", "0", "min-replicas-to-write", "1"}, "NOREPLICAS"},
		{[]any{"ACL", "SETUSER", "default", "-set"}, "NOPERM"},
	} {
		m.Do(t, tt.change...)
		l := m.steps(t, step)
		if o := l.run(t, l.runnable(t)); !strings.Contains(fmt.Sprint(o.Cause), tt.want) {
			t.Errorf("%v: %v", tt.change, o.Cause)
		}
	}
}

// TestVerifyDatasetUnknown: what a planned save will write is known only in the run, which then compares it.
func TestVerifyDatasetUnknown(t *testing.T) {
	m := newMachine(t)
	l := m.steps(t, "step \"save\" \"now\" {}\n"+restartSteps+datasetStep(m.backup, ""))
	p := l.runnable(t)
	step := p.Steps[len(p.Steps)-1]
	if got := fmt.Sprintf("%+v", step); !strings.Contains(got, "its data is") {
		t.Errorf("planned %s", got)
	}
	if got := m.outputs(t, l.done(t, p).Run, "step.verify-dataset.x"); got["compared"] != 22.0 {
		t.Errorf("outputs %v", got)
	}
}

// TestVerifyDatasetForbidden: a user who may not read values still has the keys counted.
func TestVerifyDatasetForbidden(t *testing.T) {
	m := newMachine(t)
	m.Do(t, "ACL", "SETUSER", "default", "-smembers")
	p := m.steps(t, datasetStep(m.backup, "restored = false")).runnable(t)
	if got := notes(p, "step.verify-dataset.x"); !strings.Contains(got, "compared 0 keys") || !strings.Contains(got, "NOPERM") {
		t.Errorf("notes %s", got)
	}
	l := m.steps(t, datasetStep(m.backup, "restored = false\nwrites = \"refuse\""))
	if f := l.plan(t).Failed(); f == nil || !strings.Contains(f.Failure, "NOPERM") {
		t.Errorf("where writes are refused the plan fails with %v", f)
	}
}

// TestVerifyDatasetExpiries: keys that have expired or do while the comparison goes on are no difference.
func TestVerifyDatasetExpiries(t *testing.T) {
	m := newMachine(t, redistest.WithoutSave())
	for i := range 50 {
		m.Do(t, "SET", fmt.Sprintf("soon:%d", i), i, "PX", 1+i*40)
	}
	m.Do(t, "SAVE")
	write(t, m.backup, read(t, m.dump()))
	m.Kill(t)
	m.Start(t)
	for range 5 {
		m.steps(t, datasetStep(m.backup, "all = true\nwrites = \"refuse\"")).runnable(t)
		time.Sleep(10 * time.Millisecond)
	}
}

// TestVerifyDatasetOfManyKeys takes large values, and samples that are spread and the same each time.
func TestVerifyDatasetOfManyKeys(t *testing.T) {
	m := newMachine(t, redistest.WithoutSave())
	m.Do(t, "EVAL", `for i = 1, 3000 do
		redis.call('SET', 'many:' .. i, i)
		redis.call('RPUSH', 'large:list', i)
		redis.call('SADD', 'large:set', 'member' .. i)
		redis.call('HSET', 'large:hash', 'field' .. i, i)
		redis.call('ZADD', 'large:zset', i / 7, 'member' .. i)
	end
	redis.call('SET', 'large:string', string.rep('x', 100000))`, 0)
	m.Do(t, "SAVE")
	write(t, m.backup, read(t, m.dump()))
	compared := func(more string) float64 {
		t.Helper()
		l := m.steps(t, datasetStep(m.backup, "writes = \"refuse\"\nrestored = false\n"+more))
		return m.outputs(t, l.done(t, l.runnable(t)).Run, "step.verify-dataset.x")["compared"].(float64)
	}
	for more, want := range map[string]float64{"": 1000, "all = true": 3027, "sample = 0": 0, "sample = 7": 7, "sample = 100000": 3027} {
		if got := compared(more); got != want {
			t.Errorf("%s: compared %v keys, want %v", more, got, want)
		}
	}
	m.Do(t, "HSET", "large:hash", "field77", "other")
	m.fails(t, datasetStep(m.backup, "writes = \"refuse\"\nrestored = false\nsample = 100"), "step.verify-dataset.x", "large:hash")
	damaged := m.backup + ".damaged"
	content := read(t, m.backup)
	content[len(content)/2] ^= 1
	write(t, damaged, content)
	m.fails(t, datasetStep(damaged, ""), "step.verify-dataset.x", "is refused: offset")
}
