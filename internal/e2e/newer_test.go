//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"testing"
)

// newerDumps has the servers of a later Debian save dumps, by product.
func newerDumps(t *testing.T) map[string][]byte {
	t.Helper()
	h := boot(t, "trixie")
	dumps := map[string][]byte{}
	for _, product := range []string{"redis", "valkey"} {
		s := newServer(t, h, "trixie", product)
		s.reset(t, setup{})
		s.start(t)
		s.fill(t)
		dump, err := os.ReadFile(h.Path(s.backUp(t)))
		if err != nil {
			t.Fatal(err)
		}
		dumps[product] = dump
		s.stop(t)
	}
	return dumps
}

// newer are restores of dumps that the server cannot read: the plan refuses them.
func newer(dumps map[string][]byte) (all []scenario) {
	for _, product := range []string{"redis", "valkey"} {
		want := map[string]string{"redis": "RDB version is 12", "valkey": "RDB version is 11"}[product]
		all = append(all, scenario{"restore.hcl of a dump of trixie's " + product, setup{aof: true},
			"exit 23, says " + want + ", current data, AOF on, same process", func(t *testing.T, s *server) string {
				s.replaced(t)
				pid := s.property(t, "MainPID")
				path := "/var/backups/redis/newer.rdb"
				if err := os.WriteFile(s.host.Path(path), dumps[product], 0o600); err != nil {
					t.Fatal(err)
				}
				o := s.redbook(t, s.restoring(t, "restore.hcl", path)...)
				return fmt.Sprintf("exit %d", o.code) + says(o, want) + ", " + s.data(t) + ", " + s.persistence(t) + same(pid, s)
			}})
	}
	return all
}
