package runbook

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// A fileValue is what a file says of one variable.
type fileValue struct {
	value cty.Value
	at    hcl.Range
}

// readVarFiles reads files of values; a later one wins over an earlier one.
func (r *Runbook) readVarFiles(files []VarFile) (map[string]fileValue, hcl.Diagnostics) {
	var diags hcl.Diagnostics
	values := map[string]fileValue{}
	names := namesOf(r.Variables, (*Variable).name)
	for _, f := range files {
		attrs, more := r.parseVarFile(f)
		diags = append(diags, more...)
		for _, a := range attributesInOrder(attrs) {
			v := r.variable(a.Name)
			if v == nil {
				d := errorAt(a.NameRange, "Unknown variable", "The runbook does not declare a variable %q. %s", a.Name, didYouMean(a.Name, names, "variables"))
				d.Extra = secretSource{} // a misspelt name may be that of a sensitive one
				diags = append(diags, d)
				continue
			}
			val, more := a.Expr.Value(nil)
			if more.HasErrors() {
				diags = append(diags, v.shield(errorAt(a.Expr.Range(), "Not a literal",
					"The value of %q must be a literal, without references and functions; text needs quotes.", a.Name)))
				continue
			}
			values[a.Name] = fileValue{val, a.Expr.Range()}
		}
	}
	return values, diags
}

func (r *Runbook) parseVarFile(f VarFile) (hcl.Attributes, hcl.Diagnostics) {
	file, diags := r.parse(f.Path, f.Source)
	if !diags.HasErrors() {
		var attrs hcl.Attributes
		attrs, diags = file.Body.JustAttributes()
		if !diags.HasErrors() {
			return attrs, diags
		}
	}
	if slices.ContainsFunc(r.Variables, func(v *Variable) bool { return v.Sensitive }) {
		for _, d := range diags {
			*d = *errorAt(rangeOf(d, f.Path), "Invalid file of values", "%s. Write one NAME = VALUE a line, text in quotes.", d.Summary)
			d.Extra = secretSource{}
		}
	}
	return nil, diags
}

func rangeOf(d *hcl.Diagnostic, path string) hcl.Range {
	if d.Subject != nil {
		return *d.Subject
	}
	return hcl.Range{Filename: path, Start: hcl.InitialPos, End: hcl.InitialPos}
}
