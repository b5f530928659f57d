//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

const made = "/etc/redbook/made" // by redbook init

// initialised are servers for which redbook init writes the runbooks.
func initialised() []scenario {
	const moved = "/srv/redis data"
	renamed := setup{config: "rename-command CONFIG \"\"\n"}
	all := []scenario{}
	for _, aof := range []bool{false, true} {
		want := "exit 0, backup data, AOF " + onOff(aof)
		all = append(all,
			scenario{"init, its backup.hcl and its restore.hcl", setup{aof: aof}, want, madeRunbooks((*server).start)},
			scenario{"init of a server that is down, then the same", setup{aof: aof}, want, madeRunbooks((*server).stop)},
			scenario{"init with dir elsewhere, then the same", setup{aof: aof, config: "dir \"" + moved + "\"\n", dropIn: "[Service]\nReadWritePaths=\"" + moved + "\"\n", dir: moved},
				want, madeRunbooks((*server).start)})
	}
	return append(all, scenario{"init with CONFIG renamed away, then the same", renamed, "exit 0, backup data", madeRunbooks((*server).start)})
}

// madeRunbooks has init write runbooks for a server that is up or down, and runs them.
func madeRunbooks(before func(*server, *testing.T), flags ...string) func(*testing.T, *server) string {
	return func(t *testing.T, s *server) string {
		s.start(t)
		s.fill(t)
		before(s, t)
		s.must(t, "rm", "-rf", made)
		if o := s.redbook(t, append([]string{"init", made}, flags...)...); o.code != 0 {
			return fmt.Sprintf("init: exit %d", o.code)
		}
		s.start(t)
		o := s.redbook(t, "run", made+"/backup.hcl", "--yes", "--json")
		backup, _ := o.outputs["backup"].(string)
		if o.code != 0 {
			return fmt.Sprintf("backup.hcl: exit %d", o.code)
		}
		s.change(t)
		before(s, t)
		o = s.redbook(t, "run", made+"/restore.hcl", "--yes", "--json", "--var", "backup="+backup)
		if strings.Contains(s.setup.config, "rename-command CONFIG") {
			return fmt.Sprintf("exit %d, %s", o.code, s.data(t)) + s.afterRestart(t, "backup data")
		}
		return s.observe(t, o) + s.afterRestart(t, "backup data")
	}
}

// amongTwo is what init makes of a host with two servers.
func amongTwo(first *server) scenario {
	return scenario{"init among two servers", setup{}, "exit 1, lists both; with --service exit 0, backup data, AOF off; the first: same process",
		func(t *testing.T, s *server) string {
			pid := first.property(t, "MainPID")
			s.must(t, "rm", "-rf", made)
			s.start(t)
			o := s.redbook(t, "init", made)
			got := fmt.Sprintf("exit %d", o.code)
			if strings.Contains(o.printed, "--service "+first.unit()) && strings.Contains(o.printed, "--service "+s.unit()) {
				got += ", lists both"
			}
			got += "; with --service " + madeRunbooks((*server).start, "--service", s.unit())(t, s)
			if first.property(t, "MainPID") == pid {
				got += "; the first: same process"
			}
			return got
		}}
}
