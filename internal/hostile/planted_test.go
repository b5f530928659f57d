package hostile

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"redbook/internal/redistest"
)

// places are where the attacker plants, relative to the server's directory, by the
// runbook that works there.
var places = map[string][]string{
	"backup.hcl":            {"data", "data/dump.rdb", "redis.conf", "redis.log", "redis.pid"},
	"backup-increments.hcl": {"data", "data/dump.rdb", "data/appendonlydir", "data/appendonlydir/appendonly.aof.manifest", "redis.conf"},
	"restore.hcl": {
		"data", "data/dump.rdb", "data/dump.rdb.old", "data/dump.rdb.staged", "data/.dump.rdb.staged.redbook-part",
		"data/appendonlydir", "data/appendonlydir.old", "data/appendonlydir/appendonly.aof.manifest",
		"redis.conf", ".redis.conf.redbook-part", "redis.log", "redis.pid",
	},
	"restore-increment.hcl": {
		"data/dump.rdb", "data/dump.rdb.staged", "data/appendonlydir.staged", "data/appendonlydir/appendonly.aof.manifest", "redis.conf", "redis.pid",
	},
	"restore-live.hcl":     {"data", "data/dump.rdb", "data/appendonlydir", "data/appendonlydir/appendonly.aof.manifest", "redis.conf"},
	"restore-tutorial.hcl": {"data", "data/.dump.rdb.redbook-part", "data/dump.rdb.old", "data/appendonlydir.old", ".redis.conf.redbook-part"},
	"other.hcl":            {"data", "data/dump.rdb", "data/appendonlydir", "data/appendonlydir.old", "redis.conf", ".redis.conf.redbook-part"},
}

// Whatever is planted before a run, redbook touches nothing else, comes to a defined end,
// and names what it could not work with.
func TestPlantedBefore(t *testing.T) {
	secret := newSecret(t)
	tests, i := map[string]func(*testing.T){}, 0
	for _, runbook := range slices.Sorted(maps.Keys(places)) {
		for _, path := range places[runbook] {
			for _, kind := range kinds {
				if i++; !tried(i) {
					continue
				}
				if path == "redis.log" && kind == "FIFO" {
					continue // the server itself hangs, as the attacker can have it at any time
				}
				tests[runbook+", a "+kind+" at "+path] = func(t *testing.T) { planted(t, secret, runbook, path, kind) }
			}
		}
	}
	redistest.AllAtOnce(t, tests)
}

// What is planted between a plan and its run is not followed either: not for the lock,
// which comes first, and not for what the plan knew as something else.
func TestPlantedAfterThePlan(t *testing.T) {
	secret := newSecret(t)
	tests := map[string]func(*testing.T){}
	for i, path := range places["restore.hcl"] {
		for j, kind := range []string{"link to a file", "link to a directory", "hard link"} {
			if !tried(i + j) {
				continue
			}
			tests["a "+kind+" at "+path] = func(t *testing.T) {
				s := newScene(t, secret, true)
				file := s.base + "/keep/plan.json"
				if e := s.redbook(t, append([]string{"plan", "--out", file}, s.on("restore.hcl")...)...); e.code != 0 {
					t.Fatal(e.output)
				}
				s.plant(t, kind, s.server.Dir+"/"+path)
				s.redbook(t, "run", file, "--yes")
				s.redbook(t, "rollback", "--yes")
				s.check(t)
			}
		}
	}
	redistest.AllAtOnce(t, tests)
}

func planted(t *testing.T, secret, runbook, path, kind string) {
	s := newScene(t, secret, true)
	s.prepare(t, runbook)
	s.planted(t, runbook, path, kind)
}

// planted plants something, and runs a runbook and its roll-back.
func (s *scene) planted(t *testing.T, runbook, path, kind string) {
	t.Helper()
	at := s.server.Dir + "/" + path
	s.plant(t, kind, at)
	e := s.run(t, runbook)
	if words := strings.Join(strings.Fields(e.output), " "); e.code != 0 && !strings.Contains(strings.ReplaceAll(words, " ", ""), at) {
		t.Errorf("it does not name %s:\n%s", at, e.output)
	}
	s.redbook(t, "rollback", "--yes")
	s.check(t)
}
