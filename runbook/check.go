package runbook

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// checkReferences checks every reference and every function name.
func (r *Runbook) checkReferences() hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, v := range r.Variables {
		diags = append(diags, r.checkValidations(v)...)
	}
	for _, l := range r.Locals {
		from := site{offset: l.Range.Start.Byte, what: "a local", roots: roots}
		diags = append(diags, r.checkExpression(l.expr, from)...)
	}
	diags = append(diags, r.checkCycles()...)
	if diags.HasErrors() {
		return diags // what the locals depend on is not clear
	}
	for _, b := range r.Redis {
		from := site{offset: b.Range.Start.Byte, what: "a redis block", roots: []string{rootVar, rootLocal}}
		for _, e := range b.expressions() {
			diags = append(diags, r.checkExpression(e, from)...)
		}
	}
	for _, b := range r.Steps {
		from := site{offset: b.Range.Start.Byte, what: "a step", roots: roots}
		for _, e := range b.expressions() {
			diags = append(diags, r.checkExpression(e, from)...)
		}
		diags = append(diags, r.chooseRedis(b)...)
	}
	for _, b := range r.Outputs {
		diags = append(diags, r.checkExpression(b.value, site{offset: atEnd, what: "an output", roots: roots})...)
	}
	return diags
}

func (r *Runbook) checkValidations(v *Variable) hcl.Diagnostics {
	var diags hcl.Diagnostics
	from := site{what: "a validation block", roots: []string{rootVar}}
	for _, rule := range v.validations {
		found := r.checkExpression(rule.condition, from)
		found = append(found, r.checkExpression(rule.message, from)...)
		diags = append(diags, found...)
		own := func(t hcl.Traversal) bool {
			words := wordsOf(t)
			return len(words) > 1 && words[0] == rootVar && words[1] == v.Name
		}
		if !found.HasErrors() && !slices.ContainsFunc(rule.condition.Variables(), own) {
			diags = append(diags, errorAt(rule.condition.Range(), "Validation of something else",
				"The condition does not look at var.%s: write a rule about var.%s, or move it to the variable that it is about.", v.Name, v.Name))
		}
	}
	return diags
}

func (r *Runbook) checkExpression(e hcl.Expression, from site) hcl.Diagnostics {
	if isLiteral(e) {
		return nil
	}
	diags := checkFunctions(e)
	for _, t := range e.Variables() {
		f, d := r.readReference(t)
		if d == nil && !slices.Contains(from.roots, f.root) {
			d = errorAt(f.at, "Reference not possible here",
				"%s cannot be used in %s, which is read before any step: use %s.", f.address(), from.what, rootNames(from.roots))
		}
		if d == nil {
			d = r.checkReference(f, from)
		}
		if d == nil && f.root == rootLocal {
			d = r.checkThroughLocal(f, from)
		}
		if d != nil {
			diags = append(diags, d)
		}
	}
	return diags
}

func rootNames(roots []string) string {
	names := make([]string, len(roots))
	for i, root := range roots {
		names[i] = root + ".NAME"
	}
	return enumerate(names, "or")
}

// checkThroughLocal checks that what a local depends on is seen from where the
// local is used.
func (r *Runbook) checkThroughLocal(f reference, from site) *hcl.Diagnostic {
	for _, dep := range r.dependencies(r.local(f.name)) {
		switch {
		case !slices.Contains(from.roots, dep.root):
			return errorAt(f.at, "Reference not possible here", "%s depends on %s, which cannot be used in %s.", f.address(), dep.address(), from.what)
		case r.checkReference(dep, from) != nil:
			return errorAt(f.at, "Declared later",
				"%s depends on %s, which is declared later; steps see only earlier ones. Move one of the two.", f.address(), dep.address())
		}
	}
	return nil
}

// dependencies are all references that a local makes, those of the locals that
// it refers to included. Cycles end it.
func (r *Runbook) dependencies(l *Local) []reference {
	var all []reference
	seen := map[*Local]bool{}
	var visit func(*Local)
	visit = func(l *Local) {
		if l == nil || seen[l] {
			return
		}
		seen[l] = true
		for _, t := range l.expr.Variables() {
			f, d := r.readReference(t)
			if d != nil {
				continue
			}
			all = append(all, f)
			if f.root == rootLocal {
				visit(r.local(f.name))
			}
		}
	}
	visit(l)
	return all
}

// checkCycles refuses locals that depend on themselves.
func (r *Runbook) checkCycles() hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, l := range r.Locals {
		own := func(f reference) bool { return f.root == rootLocal && f.name == l.Name }
		if slices.ContainsFunc(r.dependencies(l), own) {
			diags = append(diags, errorAt(l.Range, "Cycle of locals",
				"local.%s depends on itself, directly or through other locals: give one of them a value of its own.", l.Name))
		}
	}
	return diags
}

// checkFunctions finds unknown functions wherever they stand, also where
// evaluation would not come by, such as inside can(). In JSON syntax an
// unknown function is found by evaluation only.
func checkFunctions(e hcl.Expression) hcl.Diagnostics {
	native, ok := e.(hclsyntax.Expression)
	if !ok {
		return nil
	}
	var diags hcl.Diagnostics
	_ = hclsyntax.VisitAll(native, func(n hclsyntax.Node) hcl.Diagnostics {
		if call, ok := n.(*hclsyntax.FunctionCallExpr); ok && !isFunction(call.Name) {
			diags = append(diags, errorAt(call.NameRange, "Unknown function",
				"There is no function %q. %s", call.Name, didYouMean(call.Name, FunctionNames(), "functions")))
		}
		return nil
	})
	return diags
}
