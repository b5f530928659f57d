package runbook

import (
	"github.com/hashicorp/hcl/v2"
)

// checkNames refuses two of one name.
func (r *Runbook) checkNames() hcl.Diagnostics {
	var diags hcl.Diagnostics
	seen := map[string]hcl.Range{}
	check := func(what, address string, at hcl.Range) {
		if first, ok := seen[address]; ok {
			diags = append(diags, errorAt(at, "Duplicate "+what,
				"There is already a %s %s at line %d: give one of them another name.", what, address, first.Start.Line))
			return
		}
		seen[address] = at
	}
	for _, v := range r.Variables {
		check("variable", "var."+v.Name, v.Range)
	}
	for _, l := range r.Locals {
		check("local", "local."+l.Name, l.Range)
	}
	for _, b := range r.Redis {
		check("redis block", "redis."+b.Name, b.Range)
	}
	for _, b := range r.Steps {
		check("step", b.Address(), b.Range)
	}
	for _, b := range r.Outputs {
		check("output", "output."+b.Name, b.Range)
	}
	return diags
}
