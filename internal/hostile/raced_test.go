package hostile

import (
	"path/filepath"
	"testing"

	"redbook/internal/redistest"
)

// contested are the paths that the attacker fights for in a race.
var contested = []string{
	"data", "data/dump.rdb", "data/dump.rdb.old", "data/dump.rdb.staged", "data/.dump.rdb.staged.redbook-part", "data/.dump.rdb.redbook-part",
	"data/appendonlydir", "data/appendonlydir.old", "data/appendonlydir.new", "data/appendonlydir/appendonly.aof.manifest",
	"data/appendonlydir/appendonly.aof.1.base.rdb", "redis.conf", ".redis.conf.redbook-part", "redis.pid",
}

// rounds is how often a runbook is run, resumed and rolled back during a race.
const rounds = 4

// While the attacker swaps what stands at every path for something else, and back,
// redbook touches nothing else and comes to a defined end, whatever that is.
func TestRaced(t *testing.T) {
	secret := newSecret(t)
	tests := map[string]func(*testing.T){}
	for runbook := range places {
		tests[runbook] = func(t *testing.T) { raced(t, secret, runbook, contested) }
		tests[runbook+", the data directory left alone"] = func(t *testing.T) { raced(t, secret, runbook, contested[1:]) }
	}
	redistest.AllAtOnce(t, tests)
}

func raced(t *testing.T, secret, runbook string, paths []string) {
	s := newScene(t, secret, true)
	s.prepare(t, runbook)
	s.race(t, runbook, paths)
}

// race runs a runbook, resumes it and takes it back while the attacker is at some paths.
func (s *scene) race(t *testing.T, runbook string, paths []string) {
	t.Helper()
	var full []string
	for _, path := range paths {
		full = append(full, filepath.Join(s.server.Dir, path))
	}
	attack := s.job(full, kinds, true).start(t)
	ended := make(chan error, 1)
	go func() { ended <- attack.Wait() }()
	var codes []int
	for range rounds {
		codes = append(codes, s.run(t, runbook).code, s.redbook(t, "resume", "--yes").code, s.redbook(t, "rollback", "--yes").code)
	}
	_ = attack.Process.Kill()
	<-ended
	s.redbook(t, "rollback", "--yes")
	s.check(t)
	t.Logf("exit codes %v", codes)
}
