package runbook

import (
	"errors"
	"reflect"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// decode evaluates the arguments of a step block into a new Step and checks
// how they fit together.
func (s *Scope) decode(b *StepBlock) (Step, hcl.Diagnostics) {
	step := b.Kind.New()
	to := reflect.ValueOf(step)
	var diags hcl.Diagnostics
	complete := true
	for i := range b.schema.args {
		known, more := s.decodeArgument(&b.schema.args[i], b, to)
		diags = append(diags, more...)
		complete = complete && known
	}
	if diags.HasErrors() || !complete {
		return step, diags
	}
	return step, append(diags, check(step, b)...)
}

// decodeArgument stores one argument. It tells whether the field can be relied
// on: while validating an argument may be unknown that must not be later.
func (s *Scope) decodeArgument(a *argument, b *StepBlock, to reflect.Value) (bool, hcl.Diagnostics) {
	attr := b.args[a.name]
	if attr == nil {
		a.storeDefault(to)
		return true, nil
	}
	val, diags := s.evaluate(attr.Expr)
	if diags.HasErrors() {
		return false, diags
	}
	val, d := s.fit(a, attr, val)
	switch {
	case d != nil:
		return false, append(diags, d)
	case val == cty.NilVal:
		a.storeDefault(to)
		return true, diags
	case val.IsWhollyKnown():
		if err := a.store(to, val); err != nil {
			return false, append(diags, errorAt(attr.Expr.Range(), "Invalid value", "The argument %q: %s.", a.name, err))
		}
		return true, diags
	case a.late:
		a.storeUnknown(to)
		return true, diags
	case s.validating:
		return false, diags
	}
	return false, append(diags, s.unknownArgument(a, attr))
}

// fit makes a value one of the argument's type, unmarked; cty.NilVal when it
// is as if it had been left out.
func (s *Scope) fit(a *argument, attr *hcl.Attribute, val cty.Value) (cty.Value, *hcl.Diagnostic) {
	at := attr.Expr.Range()
	if val.ContainsMarked() {
		if !a.secret {
			return val, errorAt(at, "Sensitive value in a plain argument",
				"The argument %q is shown in plans and written to the journal, so it takes no sensitive value. Use a variable that is not sensitive.", a.name)
		}
		val, _ = val.UnmarkDeep()
	}
	if val.IsNull() {
		if a.required {
			return val, errorAt(at, "Null for a required argument",
				"The argument %q is required, and its value is null. Give it a value; after a step that was skipped its outputs are null.", a.name)
		}
		return cty.NilVal, nil
	}
	converted, err := convert.Convert(val, a.typ.cty)
	if err != nil {
		return val, errorAt(at, "Wrong type",
			"The argument %q is %s, and this is %s: write it as %s.", a.name, article(a.typ.name), article(val.Type().FriendlyName()), a.typ.example)
	}
	if a.oneOf != nil && converted.IsKnown() && !slices.Contains(a.oneOf, converted.AsString()) {
		return val, errorAt(at, "Invalid value", "The argument %q cannot be %q. %s",
			a.name, converted.AsString(), didYouMean(converted.AsString(), a.oneOf, "possible values"))
	}
	return converted, nil
}

// storeDefault stores the default, where there is one; NewKinds has tried it.
func (a *argument) storeDefault(to reflect.Value) {
	if a.def == cty.NilVal {
		return
	}
	if err := a.store(to, a.def); err != nil {
		panic("default that NewKinds decoded: " + err.Error())
	}
}

func (s *Scope) unknownArgument(a *argument, attr *hcl.Attribute) *hcl.Diagnostic {
	cause := "Its value"
	if ctx, diags := s.context(attr.Expr); !diags.HasErrors() {
		for _, t := range attr.Expr.Variables() {
			if v, d := t.TraverseAbs(ctx); !d.HasErrors() && !v.IsWhollyKnown() {
				cause = string(t.SourceRange().SliceBytes(s.runbook.Source))
				break
			}
		}
	}
	return errorAt(attr.Expr.Range(), "Known only in the run",
		"%s is known only when the steps before have run, and the argument %q must be known for a plan. Use a variable, a local or what a redis block exports.", cause, a.name)
}

// check asks a step whether its arguments fit together.
func check(step Step, b *StepBlock) hcl.Diagnostics {
	checker, ok := step.(Checker)
	if !ok {
		return nil
	}
	err := checker.Check()
	if err == nil {
		return nil
	}
	at, text := b.Range, err.Error()
	var wrong *ArgumentError
	if errors.As(err, &wrong) {
		text = wrong.Problem
		if attr := b.args[wrong.Argument]; attr != nil {
			at = attr.Range
		}
	}
	return hcl.Diagnostics{errorAt(at, "Invalid arguments", "%s", text)}
}
