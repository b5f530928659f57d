package main

import (
	"strings"
	"time"

	"redbook/runbook"
)

// kinds lists the step kinds with their summaries.
func (t *textView) kinds(ks runbook.Kinds) {
	for _, name := range ks.Names() {
		k, _ := ks.Lookup(name)
		t.wrapped(name+strings.Repeat(" ", max(16-len(name), 1)), k.Summary)
	}
}

// kind explains one kind: arguments, outputs, example.
func (t *textView) kind(k runbook.Kind) {
	t.wrapped("", t.bold(k.Name)+": "+k.Summary)
	t.line("")
	t.line("%s", t.bold("Arguments"))
	for _, a := range k.Arguments() {
		t.argument(a)
	}
	t.line("  besides when, timeout (%s), retry, on_failure, redis, description", duration(k.Timeout))
	if outputs := k.OutputsDoc(); len(outputs) > 0 {
		t.line("")
		t.line("%s", t.bold("Outputs"))
		for _, o := range outputs {
			t.line("  %s (%s)", o.Name, o.Type)
			t.wrapped("      ", o.Doc)
		}
	}
	t.line("")
	t.line("%s", t.bold("Example"))
	for l := range strings.Lines(k.Example) {
		t.line("%s", strings.TrimRight(l, "\n"))
	}
}

// duration spells a duration as runbooks do: "5m", not "5m0s".
func duration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func (t *textView) argument(a runbook.ArgumentDoc) {
	need := "optional"
	switch {
	case a.Required:
		need = "required"
	case a.Default != "":
		need = "default " + a.Default
	}
	t.line("  %s (%s, %s)", a.Name, a.Type, need)
	doc := a.Doc
	if len(a.OneOf) > 0 {
		doc += " (" + strings.Join(a.OneOf, ", ") + ")"
	}
	t.wrapped("      ", doc)
}
