package main

import (
	"fmt"
	"strings"

	ctyjson "github.com/zclconf/go-cty/cty/json"

	"redbook/runbook"
	"redbook/runbook/effect"
	"redbook/runbook/host"
)

// plan shows a plan step by step, and what taking it back would mean.
func (t *textView) plan(p *runbook.Plan) {
	t.line("%s", t.bold("Plan of "+pathWord(p.Path)))
	for _, s := range p.Servers {
		t.server(s)
	}
	t.line("")
	for i, s := range p.Steps {
		t.plannedStep(i+1, s)
	}
	t.line("")
	if f := p.Failed(); f != nil {
		t.wrapped("", t.bold(t.red("This plan fails at "+label(f.Address)+". Nothing was touched.")))
		return
	}
	for _, o := range p.Outages {
		t.wrapped("", outageText(o, *p.LoadRate))
	}
	t.wrapped("", summaryOf(p))
}

func (t *textView) server(s runbook.PlannedServer) {
	d, state := s.Description, "down"
	if d.Running {
		state = "running"
	}
	aof := "off"
	if d.AppendOnly {
		aof = "on"
	}
	t.wrapped("", fmt.Sprintf("redis.%s: %s %s at %s, %s, AOF %s", s.Server.Name, d.Product, d.Version, d.Address, state, aof))
	t.line("  data   %s", pathWord(d.Dir))
	t.line("  config %s", pathWord(d.Config))
}

func (t *textView) plannedStep(n int, s runbook.PlannedStep) {
	head := fmt.Sprintf("%2d %s", n, label(s.Address))
	if s.Skipped {
		t.line("%s", t.dim(head+" (skipped)"))
		return
	}
	t.line("%s", t.bold(head))
	if s.Description != "" {
		t.wrapped("     ", s.Description)
	}
	for _, c := range s.Changes {
		t.change(c)
	}
	for _, n := range s.Notes {
		t.wrapped("  . ", n)
	}
	if s.Undecided != "" {
		t.wrapped("  ? ", "decided in the run: "+s.Undecided)
	}
	for _, w := range s.Warnings {
		t.wrapped("  "+t.bold("warning: "), w.Text+trapMark(w.Trap))
	}
	switch {
	case s.Failure != "":
		t.wrapped("  "+t.red("fails: "), s.Failure+trapMark(s.FailureTrap))
	case len(s.Changes)+len(s.Notes) == 0 && s.Undecided == "":
		t.line("  = as it must be; no change")
	}
}

// trapMark names the chapter of docs/traps.md, if there is one.
func trapMark(t host.Trap) string {
	if t == host.TrapNone {
		return ""
	}
	return " [trap: " + string(t) + "]"
}

func summaryOf(p *runbook.Plan) string {
	count := map[effect.Class]int{}
	for _, s := range p.Steps {
		for _, c := range s.Changes {
			count[c.Class]++
		}
	}
	if p.Effects() == 0 {
		return "No changes. Nothing was touched."
	}
	var parts []string
	for _, c := range []effect.Class{effect.Reversible, effect.Additive, effect.Irreversible} {
		if count[c] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s (%s)", count[c], c, classMarks[c]))
		}
	}
	text := plural(p.Effects(), "change") + ": " + strings.Join(parts, ", ") + ". "
	if step := p.PointOfNoReturn(); step != "" {
		return text + "The point of no return is " + label(step) + ". Nothing was touched."
	}
	return text + "All of it can be taken back. Nothing was touched."
}

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// outputs prints the values of the output blocks.
func (t *textView) outputs(values []runbook.OutputValue) {
	for _, v := range values {
		text := "(sensitive)"
		if !v.Sensitive {
			text = "(unknown)"
			if raw, err := ctyjson.Marshal(v.Value, v.Value.Type()); err == nil {
				text = strings.Trim(string(raw), `"`)
			}
		}
		t.line("  %s = %s", v.Name, printable(text))
	}
}
