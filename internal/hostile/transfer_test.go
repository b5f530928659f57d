//go:build torture

package hostile

import (
	"fmt"
	"testing"

	"redbook/internal/redistest"
	"redbook/internal/sshtest"
)

// near are the paths of this machine that a push out of the data directory and a fetch into it work at.
var near = []string{"data", "data/dump.rdb", "data/fetched.rdb", "data/.fetched.rdb.redbook-part"}

// TestPlantedWhereFilesMove plants where files are pushed from and fetched to, before a run and in a race with it. It
// is not in make test: in a user namespace, in which the others run where the tester is not root, no sshd starts.
func TestPlantedWhereFilesMove(t *testing.T) {
	secret := newSecret(t)
	tests := map[string]func(*testing.T){}
	for _, path := range near {
		for _, kind := range kinds {
			tests["a "+kind+" at "+path] = func(t *testing.T) {
				s := newScene(t, secret, false)
				s.moves(t)
				s.planted(t, "moves.hcl", path, kind)
			}
		}
	}
	tests["a race"] = func(t *testing.T) {
		s := newScene(t, secret, false)
		s.moves(t)
		s.race(t, "moves.hcl", near)
	}
	redistest.AllAtOnce(t, tests)
}

// moves writes a runbook that pushes the server's dump and fetches a backup into its directory.
func (s *scene) moves(t *testing.T) {
	t.Helper()
	far := sshtest.Start(t)
	s.writeRunbook(t, "moves.hcl", fmt.Sprintf(`
step "push" "dump" {
  from       = redis.main.dump
  host       = %q
  to         = "%s/keep/backups/pushed-${formatdate("hhmmss", timestamp())}.rdb"
  ssh_config = %q
}
step "fetch" "good" {
  host       = %q
  from       = "%s/keep/good.rdb"
  to         = "${dirname(redis.main.dump)}/fetched.rdb"
  ssh_config = %q
}
`, sshtest.Host, s.base, far.Config, sshtest.Host, s.base, far.Config))
}
