package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"redbook/runbook"
	"redbook/runbook/journal"
)

// about is the command line of a verb that only looks at a run.
func (w *world) about(verb, run string) []string {
	words := append(append([]string{"redbook"}, strings.Fields(verb)...), run)
	if w.stateDir != "" {
		words = append(words, "--state-dir", w.stateDirectory())
	}
	return words
}

// look is the command line that shows a run.
func (w *world) look(run string) string { return shellJoin(w.about("runs show", run)) }

// rerun is the command line that goes on with a run, from whatever directory.
func (w *world) rerun(verb, run string) string {
	words := w.about(verb, run)
	for _, path := range w.varFiles { // they may hold the secrets, which no run keeps
		if abs, err := filepath.Abs(path); err == nil {
			path = abs
		}
		words = append(words, "--var-file", path)
	}
	return shellJoin(words)
}

// same is the command line that this process was started with.
func (w *world) same() string { return shellJoin(append([]string{"redbook"}, w.args...)) }

// given names the variables of the environment that the command line relied on
// and that its next one needs again, for the words before a command.
func (w *world) given() string {
	var names []string
	for _, entry := range w.environ() {
		name, value, _ := strings.Cut(entry, "=")
		if value != "" && (strings.HasPrefix(name, "REDBOOK_VAR_") || name == "REDISCLI_AUTH") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if len(names) == 0 {
		return ""
	}
	return " (with " + strings.Join(names, ", ") + " set)"
}

// advise prints, below an error, the command that goes on, if there is one.
// None repeats the command line after a *runbook.DiagnosticsError: what was
// refused may be a secret that stands on it.
func (w *world) advise(err error) {
	t := newTextView(w.stderr, w.color(w.stderr))
	var (
		usage      *usageError
		stale      *stalePlanError
		held       *journal.HeldError
		unfinished *runbook.UnfinishedError
		damaged    *runbook.DamagedError
		refused    *runbook.RefusedError
		diags      *runbook.DiagnosticsError
		machine    *machineError
	)
	switch {
	case errors.As(err, &diags):
	case errors.As(err, &usage):
		t.command("How it is used:", usage.command+" --help")
	case errors.As(err, &stale):
		t.command("To make a new plan:", stale.again)
	case errors.As(err, &held):
		t.command("When that run has ended:", w.same())
	case errors.As(err, &unfinished):
		if unfinished.Status == string(runbook.StatusIncomplete) {
			w.incomplete(t, unfinished.Run)
			break
		}
		t.command("To take it back"+w.given()+":", w.rerun("rollback", unfinished.Run))
		t.command("To go on with it"+w.given()+":", w.rerun("resume", unfinished.Run))
	case errors.As(err, &damaged):
		t.command("When the server is as it must be:", shellJoin([]string{"mv", damaged.Dir, damaged.Away()}))
	case errors.As(err, &refused):
		t.command("To see what it did:", w.look(refused.Run))
	case errors.As(err, &machine):
		t.command("When that is mended"+w.given()+":", w.same())
	}
}

// incomplete names both ways out of a roll-back that could not be ended.
func (w *world) incomplete(t *textView, run string) {
	t.command("When it is mended, so that it can be taken back"+w.given()+":", w.rerun("rollback", run))
	t.command("When it is settled by hand, or may stay as it is"+w.given()+":", w.rerun("rollback --skip", run))
}

// A machineError comes of the machine, not of the command line: the same command
// is right once the machine is.
type machineError struct{ error }

func (e *machineError) Unwrap() error { return e.error }

// A stalePlanError is a *runbook.StaleError with the command that makes a new
// plan.
type stalePlanError struct {
	error
	again string
}

func (e *stalePlanError) Unwrap() error { return e.error }

// withPlanCommand adds to an error about a stale plan how to make a new one;
// path is that of the plan file, "" when there is none.
func (w *world) withPlanCommand(err error, j *job, path string) error {
	var stale *runbook.StaleError
	if !errors.As(err, &stale) {
		return err
	}
	if path == "" {
		return &stalePlanError{err, w.same()}
	}
	words := append([]string{"redbook", "plan"}, changedVariables(j.runbook, j.plan)...)
	for _, f := range w.varFiles {
		words = append(words, "--var-file", f)
	}
	words = append(words, "--out", freeName(path), operand(j.plan.Path))
	return &stalePlanError{err, shellJoin(words)}
}

// changedVariables gives the values of a plan that are not defaults, as flags.
func changedVariables(r *runbook.Runbook, p *runbook.Plan) (flags []string) {
	for _, v := range r.Variables {
		var saved bytes.Buffer // without the white space of the plan file
		if err := json.Compact(&saved, p.Variables[v.Name]); err != nil || saved.String() == "null" {
			continue
		}
		if isDefault(v, saved.Bytes()) {
			continue
		}
		value, raw := saved.String(), saved.Bytes()
		if text, err := ctyjson.Unmarshal(raw, cty.String); err == nil && v.Type == cty.String {
			value = text.AsString()
		}
		flags = append(flags, "--var", v.Name+"="+value)
	}
	return flags
}

// freeName is a name like path that no file has yet.
func freeName(path string) string {
	for {
		path += ".new"
		if _, err := os.Lstat(path); err != nil {
			return operand(path)
		}
	}
}

// operand spells a path so that no command takes it for a flag.
func operand(path string) string {
	if strings.HasPrefix(path, "-") {
		return "./" + path
	}
	return path
}

func shellJoin(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = shellQuote(word)
	}
	return strings.Join(quoted, " ")
}

func isDefault(v *runbook.Variable, value []byte) bool {
	if v.Default == cty.NilVal {
		return false
	}
	def, err := ctyjson.Marshal(v.Default, v.Type)
	return err == nil && bytes.Equal(def, value)
}
