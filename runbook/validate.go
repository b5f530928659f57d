package runbook

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Validate evaluates the whole runbook without values: variables, what redis
// blocks export and what steps put out are unknown, but of their types. It
// finds wrong types and wrong constants; it asks nothing of the machine.
func (r *Runbook) Validate() hcl.Diagnostics {
	s := r.newScope(Environment{}, true)
	for _, v := range r.Variables {
		s.vars[v.Name] = cty.UnknownVal(v.Type)
		if v.Sensitive {
			s.vars[v.Name] = s.vars[v.Name].Mark(sensitiveMark{})
		}
	}
	var diags hcl.Diagnostics
	for _, v := range r.Variables {
		diags = append(diags, s.validate(v)...)
	}
	for _, l := range r.Locals {
		_, more := s.evaluate(l.expr)
		diags = append(diags, more...)
	}
	for _, b := range r.Redis {
		_, more := s.Server(b)
		diags = append(diags, more...)
	}
	for _, b := range r.Steps {
		_, more := s.Step(b)
		diags = append(diags, more...)
	}
	_, more := s.Outputs()
	diags = distinct(append(diags, more...))
	sortByRange(diags)
	return diags
}
