package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"redbook/internal/redistest"
)

// aclPassword is that of both users of the tests' servers.
const aclPassword = "open-sesame"

// An aclRunbook is a shipped runbook as it is run with the rule of docs/acl.md.
type aclRunbook struct {
	increments bool              // it finds a repository of increments
	given      map[string]string // $DIR is the test's directory
}

var aclRunbooks = map[string]aclRunbook{
	"backup.hcl":            {given: map[string]string{"directory": "$DIR"}},
	"backup-increments.hcl": {given: map[string]string{"repository": "$DIR/increments"}},
	"restore.hcl":           {given: map[string]string{"backup": "$DIR/good.rdb", "key": "shapes:triangles", "value": "3 sides"}},
	"restore-tutorial.hcl":  {given: map[string]string{"backup": "$DIR/good.rdb"}},
	"restore-live.hcl": {given: map[string]string{
		"backup": "$DIR/good.rdb", "snapshot": "$DIR/before.rdb", "key": "shapes:triangles", "value": "3 sides",
	}},
	"restore-increment.hcl": {increments: true, given: map[string]string{
		"repository": "$DIR/increments", "key": "shapes:triangles", "value": "3 sides",
	}},
}

// newIncrements makes a repository of one increment.
func (p aclProgram) newIncrements(t *testing.T) string {
	t.Helper()
	s := p.newServer(t, []string{"+@all"})
	if end := s.verb(s.args("backup-increments.hcl", "tester", aclRunbooks["backup-increments.hcl"].given)...); end.Code != exitDone {
		t.Fatal(end.output)
	}
	return s.work + "/increments"
}

// aclRules reads the rule of each runbook out of docs/acl.md: what follows the
// password, the same in both forms that the page gives.
func aclRules(t *testing.T) map[string][]string {
	t.Helper()
	rules := map[string][]string{}
	for _, section := range strings.Split(readFile(t, "../../docs/acl.md"), "\n## ")[1:] {
		name, body, _ := strings.Cut(section, "\n")
		if !strings.HasSuffix(name, ".hcl") {
			continue
		}
		forms := regexp.MustCompile(`(?m)^(ACL SETUSER|user) redbook on >PASSWORD (.*)$`).FindAllStringSubmatch(body, -1)
		if len(forms) != 2 || forms[0][2] != forms[1][2] || forms[0][1] == forms[1][1] {
			t.Fatalf("docs/acl.md gives no rule for %s, or two that differ: %q", name, forms)
		}
		rules[name] = strings.Fields(forms[0][2])
	}
	return rules
}

// An aclServer has its default user off, sample data with large values, and a
// backup of it.
type aclServer struct {
	*redisServer
	aclProgram
	work    string
	refused *refusals
}

// An aclProgram is what a test's servers run.
type aclProgram struct {
	path       string
	noChannels bool // Redis before 6.2 has no rules for channels
	noAsync    bool // before 7.0 a server does not go on serving while it is given another dataset
}

var installed = aclProgram{path: "redis-server"}

func (p aclProgram) newServer(t *testing.T, rule []string, lines ...string) *aclServer {
	dir, all := workDirectory(t), " ~* +@all"
	if !p.noChannels {
		all += " &*"
	}
	s := &aclServer{work: dir, aclProgram: p, redisServer: newRedis(t, filepath.Join(dir, "redis"), append(lines,
		"repl-diskless-sync-delay 0", "user default off"+all, "user tester on >"+aclPassword+all, "user redbook on >"+aclPassword+" "+strings.Join(rule, " "))...)}
	s.program = p.path
	s.username, s.password = "tester", aclPassword
	s.start()
	client := s.client()
	defer client.Close()
	redistest.Fill(t, client)
	s.fillLarge()
	s.do("SAVE")
	writeFile(t, dir+"/good.rdb", readFile(t, s.dir+"/data/dump.rdb"))
	s.refused = watchRefusals(t, s.address())
	return s
}

// fillLarge adds values that are not read in one go.
func (s *aclServer) fillLarge() {
	s.tb.Helper()
	s.do("SET", "large:string", strings.Repeat("x", 100<<10))
	for _, command := range []string{"RPUSH", "SADD", "HSET", "ZADD"} {
		args := []any{command, "large:" + strings.ToLower(command)}
		for i := range 3000 {
			args = append(args, i)
			if command == "HSET" || command == "ZADD" {
				args = append(args, fmt.Sprintf("m%d", i))
			}
		}
		s.do(args...)
	}
}

func (s *aclServer) runbook(name string) string {
	path, err := filepath.Abs("../../runbooks/" + name)
	if err != nil {
		s.tb.Fatal(err)
	}
	return path
}

// args run a runbook as a user, by way of the refusals.
func (s *aclServer) args(name, user string, given map[string]string) []string {
	args := []string{"run", s.runbook(name), "--var", "username=" + user, "--var", "address=" + s.refused.address}
	if name != "restore-live.hcl" { // which starts nothing
		args = append(args, "--var", fmt.Sprintf(`process=[%q, %q]`, s.program, s.conf()))
	}
	if name == "restore-live.hcl" && s.noAsync {
		args = append(args, "--var", "allow_loading=true")
	}
	for key, value := range given {
		args = append(args, "--var", key+"="+strings.ReplaceAll(value, "$DIR", s.work))
	}
	return args
}

// A verbEnd is how one verb ended.
type verbEnd struct {
	Code   int
	Notes  []string // what it said beside, without what changes from run to run
	output string
}

// verb runs redbook.
func (s *aclServer) verb(args ...string) verbEnd {
	s.tb.Helper()
	cmd := redbookCommand(s.work, append(args, "--yes", "--json", "--state-dir", "state")...)
	cmd.Env = append(cmd.Env, "REDBOOK_VAR_password="+aclPassword)
	var out, errors bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errors
	_ = cmd.Run() // the exit code says it
	end := verbEnd{Code: cmd.ProcessState.ExitCode(), output: out.String() + errors.String()}
	for lines := bufio.NewScanner(&out); lines.Scan(); {
		var e struct{ Notes []string }
		if json.Unmarshal(lines.Bytes(), &e) == nil {
			for _, n := range e.Notes {
				end.Notes = append(end.Notes, digits.ReplaceAllString(strings.ReplaceAll(n, s.work, "$DIR"), "N"))
			}
		}
	}
	return end
}

var digits = regexp.MustCompile(`[0-9]+`)

// run is plan, run and roll-back of a runbook by the ACL user.
func (c aclRunbook) run(t *testing.T, p aclProgram, name string, rule []string, increments, aof string) (ends [2]verbEnd, s *aclServer) {
	t.Helper()
	s = p.newServer(t, rule, "appendonly "+aof)
	if c.increments {
		if out, err := exec.Command("cp", "-a", increments, s.work+"/increments").CombinedOutput(); err != nil {
			t.Fatalf("copy %s: %v: %s", increments, err, out)
		}
	}
	ends[0] = s.verb(s.args(name, "redbook", c.given)...)
	ends[1] = s.verb("rollback")
	return ends, s
}

// Each shipped runbook runs to its end, and back, with the rule of docs/acl.md, and
// is refused nothing.
func TestACLRulesSuffice(t *testing.T) {
	rules := aclRules(t)
	shipped, err := shippedRunbooks()
	shipped = slices.DeleteFunc(shipped, func(name string) bool { // what only moves a file asks no server
		return !strings.Contains(readFile(t, "../../runbooks/"+name), "\nredis \"")
	})
	if err != nil || len(rules) != len(shipped) || len(rules) != len(aclRunbooks) {
		t.Fatalf("docs/acl.md has %d rules, for %d runbooks; %d are tested; %v", len(rules), len(shipped), len(aclRunbooks), err)
	}
	redistest.AllAtOnce(t, installed.suffices(t, rules))
}

// suffices makes a test of each runbook, without and with AOF.
func (p aclProgram) suffices(t *testing.T, rules map[string][]string) map[string]func(*testing.T) {
	t.Helper()
	increments := p.newIncrements(t)
	tests := map[string]func(*testing.T){}
	for name, c := range aclRunbooks {
		for _, aof := range []string{"no", "yes"} {
			tests[name+", AOF "+aof] = func(t *testing.T) {
				ends, s := c.run(t, p, name, rules[name], increments, aof)
				for _, end := range ends {
					if end.Code != exitDone {
						t.Errorf("exit code %d:\n%s", end.Code, end.output)
					}
				}
				if log := s.do("ACL", "LOG"); log != "[]" {
					t.Errorf("the server refused: %s", log)
				}
				if seen := s.refused.seen(); len(seen) > 0 {
					t.Errorf("the server refused: %q", seen)
				}
			}
		}
	}
	return tests
}

// Without any one word a runbook fails, and says which, or notes what it could not check.
// `make test` takes a sample of the words away, `make torture` each one.
func TestACLRulesAreMinimal(t *testing.T) {
	increments := installed.newIncrements(t)
	tests := map[string]func(*testing.T){}
	for name, rule := range aclRules(t) {
		c := aclRunbooks[name]
		whole, _ := c.run(t, installed, name, rule, increments, "yes")
		tests[name+" again"] = func(t *testing.T) {
			if again, _ := c.run(t, installed, name, rule, increments, "yes"); !sameEnds(whole, again) {
				t.Errorf("two runs with the whole rule differ: %+v %+v", whole, again)
			}
		}
		for i, word := range rule {
			if !takenAway(name, i) {
				continue
			}
			tests[name+" without "+word] = func(t *testing.T) {
				ends, _ := c.run(t, installed, name, slices.Delete(slices.Clone(rule), i, i+1), increments, "yes")
				if sameEnds(whole, ends) {
					t.Errorf("nothing is lost without it")
				}
				output := strings.ReplaceAll(ends[0].output, "\\u003e", ">")
				if ends[0].Code != exitDone && !strings.Contains(output, "ACL SETUSER redbook "+word) {
					t.Errorf("no error names the rule that is missing:\n%s", output)
				}
			}
		}
	}
	redistest.AllAtOnce(t, tests)
}

// sameEnds tells whether two times the same was done and checked. The notes of a
// roll-back hold names that are new each time.
func sameEnds(a, b [2]verbEnd) bool {
	return a[0].Code == b[0].Code && slices.Equal(a[0].Notes, b[0].Notes) && a[1].Code == b[1].Code
}
