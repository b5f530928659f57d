package main

import (
	"strings"

	"redbook/runbook"
)

// A view shows a run while it goes on and how it ended. Results go to stdout,
// progress to stderr.
type view interface {
	event(runbook.Event)
	outcome(*runbook.Outcome)
	failedPlan(*runbook.Plan)
}

func (w *world) view(asJSON bool) view {
	if asJSON {
		return &jsonView{world: w}
	}
	return &progressView{world: w, text: newTextView(w.stdout, w.color(w.stdout)), progress: newTextView(w.stderr, w.color(w.stderr))}
}

// shellQuote quotes a word for a command line that a person copies.
func shellQuote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+=:@%,", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
