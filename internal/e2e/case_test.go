//go:build e2e

package e2e

import "testing"

// A scenario is one case: it runs on a server that was just set up, and says in
// one line what it saw.
type scenario struct {
	name  string
	setup setup
	want  string
	run   func(t *testing.T, s *server) (got string)
}

// check runs scenarios one after the other and writes their rows.
func (s *server) check(t *testing.T, scenarios ...scenario) {
	for _, c := range scenarios {
		aof := map[bool]string{true: "on", false: "off"}[c.setup.aof]
		t.Run(s.product+s.suffix+"/"+c.name+"/aof "+aof, func(t *testing.T) {
			r := row{suite: s.suite, version: s.product + s.suffix + " " + s.version, aof: aof, auth: c.setup.auth(), name: c.name,
				want: c.want, got: "the test broke off"}
			defer func() {
				r.before = s.digests["current data"]
				if r.before == "" {
					r.before = s.digests["backup data"]
				}
				r.after, r.measured = s.digests["after"], s.measured
				results.add(r)
			}()
			s.reset(t, c.setup)
			r.got = c.run(t, s)
			if s.property(t, "ActiveState") == "active" {
				s.remember(t, "after")
			}
			if r.got != c.want {
				t.Errorf("got  %s\nwant %s\n%s\n%s", r.got, c.want, s.transcript, s.log())
			}
		})
	}
}
