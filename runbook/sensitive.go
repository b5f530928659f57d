package runbook

import (
	"bytes"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// touchesSensitive tells whether an expression refers to a sensitive value or
// makes one.
func (s *Scope) touchesSensitive(e hcl.Expression, ctx *hcl.EvalContext) bool {
	if at := e.Range(); at.CanSliceBytes(s.runbook.Source) && bytes.Contains(at.SliceBytes(s.runbook.Source), []byte("sensitive")) {
		return true
	}
	for _, t := range e.Variables() {
		val, diags := t.TraverseAbs(ctx)
		if diags.HasErrors() {
			// The traversal fails somewhere below its root: go by the thing it names.
			val, diags = t[:min(len(t), 2)].TraverseAbs(ctx)
		}
		if diags.HasErrors() || val.ContainsMarked() {
			return true
		}
	}
	return false
}

// redact takes out of diagnostics what could tell a value: the variables of
// the expression, and what a function says about its arguments.
func redact(diags hcl.Diagnostics) hcl.Diagnostics {
	for _, d := range diags {
		d.Expression, d.EvalContext = nil, nil
		if strings.Contains(strings.ToLower(d.Summary), "function") {
			d.Detail = "The call fails. What it says is not shown, since a sensitive value is involved."
		}
	}
	return diags
}
