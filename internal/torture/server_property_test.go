package torture

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"redbook/runbook"
)

// TestAnyRunbookOnAServer makes random runbooks that stop, start and save a server,
// switch its AOF, and copy, rename and hand over the files in its data directory. A
// plan touches nothing and a run does what it says; a roll-back restores files,
// configuration, data, and whether the server runs; a run that was killed anywhere
// and resumed ends like one that was not, or is rolled back all the same.
func TestAnyRunbookOnAServer(t *testing.T) {
	checks := flag.Lookup("rapid.checks").Value
	if checks.String() == randomRunbooks { // nobody asked for another number
		if err := checks.Set(randomServerRunbooks); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = checks.Set(randomRunbooks) })
	}
	for n, conf := range [][]string{{"appendonly no"}, {"appendonly yes"}, {"appendonly yes", `save ""`}} {
		t.Run(strings.Join(conf, " "), func(t *testing.T) {
			t.Parallel()
			h := newHousehold(t, conf...)
			rapid.Check(t, func(t *rapid.T) {
				for range n { // other runbooks than those of the other servers
					rapid.Bool().Draw(t, "other")
				}
				h.prove(t)
			})
			t.Logf("%d plans refused, %d runs, %d killed and resumed, %d killed and rolled back, %d of %d effects on the server",
				h.refused, h.runs, h.resumed, h.rolledBack, h.onServer, h.effects)
		})
	}
}

// prove makes one random runbook and holds all properties against it.
func (h *household) prove(t *rapid.T) {
	h.reset(t)
	source := h.runbook(t)
	before := h.picture(t)
	plan := h.plan(t)
	if diff := h.differ(h.picture(t), before); diff != "" {
		t.Fatalf("the plan of\n%s\nchanged\n%s", source, diff)
	}
	if f := plan.Failed(); f != nil {
		h.refused++
		return // nothing was touched
	}
	moments := h.run(t, source, plan)
	h.runs++
	after := h.picture(t)
	h.wantRolledBack(t, source, before)

	o := h.order("run")
	o.Kill = rapid.IntRange(1, moments).Draw(t, "killed at")
	report := filepath.Join(h.server.Dir, "moments")
	seen, killed := o.obeyed(t, report)
	if !killed {
		t.Fatalf("the second run of\n%s\ncame to %d moments, the first to %d", source, len(seen), moments)
	}
	moment := seen[len(seen)-1]
	if moment != "journal end" && rapid.Bool().Draw(t, "resume") {
		h.resumed++
		if o := h.obey(t, "resume"); o.Status != runbook.StatusDone {
			t.Fatalf("the runbook\n%s\nkilled %s and resumed is %s: %v %q", source, moment, o.Status, o.Cause, o.Left)
		}
		if diff := h.differ(h.picture(t), after); diff != "" {
			t.Fatalf("the runbook\n%s\nkilled %s and resumed differs from one left alone:\n%s", source, moment, diff)
		}
	}
	h.rolledBack++
	h.wantRolledBack(t, source+"\nkilled "+moment, before)
	h.wantRestartable(t, source+"\nkilled "+moment)
}

// plan plans the runbook of the case.
func (h *household) plan(t *rapid.T) *runbook.Plan {
	o := h.order("run")
	e, err := o.engine(peaceful(), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _, p, err := o.plan(context.Background(), e)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// run runs to the end, holds what was done against the plan, and counts the moments.
func (h *household) run(t *rapid.T, source string, plan *runbook.Plan) (moments int) {
	o := h.order("run")
	sabotage := peaceful()
	count := func(string) error { moments++; return nil }
	sabotage.before, sabotage.after = count, count
	sabotage.inside = func(string, func()) { moments++ }
	e, err := o.engine(sabotage, func(e runbook.Event) {
		if e.Type != "note" && e.Type != "retry" {
			moments++
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	outcome, err := o.obey(context.Background(), e)
	if err != nil || outcome.Status != runbook.StatusDone {
		t.Fatalf("the plan of\n%s\nsays it can run; the run: %v %+v", source, err, outcome)
	}
	d, err := e.ShowRun(outcome.Run)
	if err != nil {
		t.Fatal(err)
	}
	matches(t, d, plan)
	for _, effect := range d.Effects {
		if h.effects++; strings.HasPrefix(effect.Change.Target, "redis.") {
			h.onServer++
		}
	}
	return moments
}

// obey resumes or rolls back in this process.
func (h *household) obey(t *rapid.T, verb string) *runbook.Outcome {
	o := h.order(verb)
	e, err := o.engine(peaceful(), nil)
	if err != nil {
		t.Fatal(err)
	}
	outcome, err := o.obey(context.Background(), e)
	if err != nil {
		t.Fatalf("%s: %v", verb, err)
	}
	return outcome
}

// inAOFAlone is what a roll-back says that must not switch the AOF on over one which
// holds more than the server.
const inAOFAlone = "saves nothing as it stops, and was started since"

func (h *household) wantRolledBack(t *rapid.T, source string, before homePicture) {
	o := h.obey(t, "rollback")
	if o.Status == runbook.StatusIncomplete && strings.Contains(strings.Join(o.Left, "\n"), inAOFAlone) {
		h.server.Stop(h.test) // as it says
		h.server.Start(h.test)
		o = h.obey(t, "rollback")
	}
	if o.Status != runbook.StatusRolledBack {
		t.Fatalf("the runbook\n%s\nrolled back is %s: %v %q", source, o.Status, o.Cause, o.Left)
	}
	if diff := h.differ(h.picture(t), before); diff != "" {
		t.Fatalf("the runbook\n%s\nrolled back leaves\n%s", source, diff)
	}
}

// wantRestartable holds that the server reads at its next start what it holds, or held
// when it was stopped, and what it is given after the roll-back.
func (h *household) wantRestartable(t *rapid.T, source string) {
	if h.server.PID() != 0 {
		h.server.Do(h.test, "SET", "after", "it")
		h.held = h.keys()
		if !h.hasAOF {
			h.server.Do(h.test, "SAVE")
		}
		h.server.Kill(h.test) // what is not on disk is gone
	}
	h.server.Start(h.test)
	if got := h.keys(); got != h.held {
		t.Fatalf("the runbook\n%s\nrolled back, and the server started anew: it holds\n%s\nwant\n%s", source, got, h.held)
	}
}

// A sketch is what a random runbook goes by: which files are there and whether the
// server runs, so far as the steps before tell.
type sketch struct {
	there map[string]bool
	up    bool
	aof   bool
}

// runbook makes a random runbook and returns its source. Most of its steps can succeed.
func (h *household) runbook(t *rapid.T) string {
	s := sketch{there: map[string]bool{}, up: h.server.PID() != 0, aof: h.hasAOF}
	for _, name := range homeNames {
		_, err := os.Lstat(h.path(name))
		s.there[name] = err == nil
	}
	var b strings.Builder
	b.WriteString(homeHeader)
	for n := range rapid.IntRange(1, 9).Draw(t, "steps") {
		b.WriteString(s.step(t, n, h.path))
	}
	if err := os.WriteFile(h.play.runbook, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(b.String(), h.server.Dir, "")
}

const homeHeader = `
variable "address" {}
variable "process" { type = list(string) }
redis "main" {
  address = var.address
  process { command = var.process }
}
`

// step draws one step.
func (s *sketch) step(t *rapid.T, n int, path func(string) string) string {
	kind := rapid.SampledFrom([]string{
		"toggle", "toggle", "toggle", "toggle", "save", "disable-aof", "enable-aof", "bgrewriteaof",
		"rename", "rename", "rename", "rename", "aside", "back", "copy", "chown",
	}).Draw(t, "kind")
	if step := s.onServer(t, n, kind); step != "" {
		return step
	}
	from, to := s.pick(t), rapid.SampledFrom(homeNames).Draw(t, "to")
	switch kind {
	case "aside":
		from = rapid.SampledFrom([]string{"dump.rdb", "appendonlydir"}).Draw(t, "aside")
		to = from + ".old"
	case "back":
		to = rapid.SampledFrom([]string{"dump.rdb", "appendonlydir"}).Draw(t, "back")
		from = to + ".old"
	case "chown":
		mode := rapid.SampledFrom([]string{"0600", "0640", "0660"}).Draw(t, "mode")
		if from == "appendonlydir" || from == "appendonlydir.old" {
			mode = "0700"
		}
		return fmt.Sprintf("step \"chown\" \"s%d\" {\n  path = %q\n  mode = %q\n}\n", n, path(from), mode)
	}
	if s.up && s.aof && (from == "appendonlydir" || to == "appendonlydir") {
		from, to = "notes", "notes" // nothing is promised about an AOF that is moved from under its server
	}
	policy := rapid.SampledFrom([]string{"refuse", "rotate", "rotate"}).Draw(t, "policy")
	if from == to || s.there[to] && (kind == "copy" || policy == "refuse") {
		to += fmt.Sprint(".", n) // free
	}
	s.there[to] = true
	if kind == "copy" {
		return fmt.Sprintf("step \"copy\" \"s%d\" {\n  from = %q\n  to = %q\n}\n", n, path(from), path(to))
	}
	delete(s.there, from)
	return fmt.Sprintf("step \"rename\" \"s%d\" {\n  from = %q\n  to = %q\n  if_exists = %q\n}\n", n, path(from), path(to), policy)
}

// onServer draws a step that is about the server; "" for another kind.
func (s *sketch) onServer(t *rapid.T, n int, kind string) string {
	arguments := ""
	switch kind {
	case "toggle":
		kind = "start"
		if s.up {
			kind = "stop-service"
		} else if rapid.IntRange(0, 2).Draw(t, "allow empty") == 0 {
			arguments = "allow_empty = true"
		}
		s.up = !s.up
		s.there["dump.rdb"] = true // saved, mostly
	case "save":
		s.there["dump.rdb"] = true
	case "disable-aof", "enable-aof":
		s.aof = kind == "enable-aof"
	case "bgrewriteaof":
	default:
		return ""
	}
	return fmt.Sprintf("step %q \"s%d\" { %s }\n", kind, n, arguments)
}

// pick chooses a name that is there.
func (s *sketch) pick(t *rapid.T) string {
	var names []string
	for _, name := range homeNames {
		if s.there[name] {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		names = homeNames
	}
	return rapid.SampledFrom(names).Draw(t, "from")
}
