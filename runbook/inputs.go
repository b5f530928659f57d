package runbook

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// variablePrefix begins the environment variables that give values.
const variablePrefix = "REDBOOK_VAR_"

// Inputs are the values that a person gave for the variables of a runbook. The
// first place that has a value wins: Given, Files (the last file first), the
// environment's REDBOOK_VAR_x, the default.
type Inputs struct {
	Given map[string]string // of --var: an HCL expression, plain text where the type is string
	Files []VarFile         // of --var-file, in the order given
	// Saved, when not nil, is what Variables.Save made for an earlier run: its
	// values are kept, and only sensitive ones are taken from elsewhere.
	Saved map[string]json.RawMessage
	// Environment has the REDBOOK_VAR_x, and what validation blocks may ask.
	Environment
}

// A VarFile is a file of values: HCL assignments, or a JSON object when Path
// ends in .json.
type VarFile struct {
	Path   string
	Source []byte
}

// Variables are the values of all variables of a runbook.
type Variables struct {
	byName    map[string]cty.Value // sensitive ones are marked
	variables []*Variable
}

// Save returns the values that are not sensitive, as JSON.
func (v Variables) Save() (map[string]json.RawMessage, error) {
	saved := map[string]json.RawMessage{}
	for _, x := range v.variables {
		if x.Sensitive {
			continue
		}
		raw, err := ctyjson.Marshal(v.byName[x.Name], x.Type)
		if err != nil {
			return nil, fmt.Errorf("encode variable %s: %w", x.Name, err)
		}
		saved[x.Name] = raw
	}
	return saved, nil
}

// Resolve gives every variable of the runbook its value and checks it by the
// variable's validation blocks. The Variables are empty when there are errors.
func (r *Runbook) Resolve(in Inputs) (Variables, hcl.Diagnostics) {
	files, diags := r.readVarFiles(in.Files)
	diags = append(diags, r.checkGiven(in.Given)...)
	if diags.HasErrors() {
		return Variables{}, diags
	}
	values := Variables{byName: map[string]cty.Value{}, variables: r.Variables}
	for _, v := range r.Variables {
		val, more := v.resolve(in, files)
		diags = append(diags, more...)
		if v.Sensitive {
			val = val.Mark(sensitiveMark{})
		}
		values.byName[v.Name] = val
	}
	if diags.HasErrors() {
		return Variables{}, diags
	}
	scope, diags := r.NewScope(values, in.Environment)
	for _, v := range r.Variables {
		diags = append(diags, scope.validate(v)...)
	}
	if diags.HasErrors() {
		return Variables{}, diags
	}
	return values, diags
}

func (r *Runbook) checkGiven(given map[string]string) hcl.Diagnostics {
	var diags hcl.Diagnostics
	names := namesOf(r.Variables, (*Variable).name)
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if v := r.variable(name); v != nil && v.Sensitive {
			diags = append(diags, errorAt(v.Range, "Sensitive value on the command line",
				"--var gives %q, which is sensitive: give it as %s%s in the environment, or with a file for --var-file: other users can see the command line.",
				name, variablePrefix, name))
			continue
		}
		if !slices.Contains(names, name) {
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagError,
				Summary:  "Unknown variable",
				Detail:   fmt.Sprintf("--var gives %q, which the runbook does not declare. %s", name, didYouMean(name, names, "variables")),
			})
		}
	}
	return diags
}

// resolve finds the value of one variable; it is not marked yet.
func (v *Variable) resolve(in Inputs, files map[string]fileValue) (cty.Value, hcl.Diagnostics) {
	if raw, ok := in.Saved[v.Name]; ok && !v.Sensitive {
		return v.restore(raw, in.Given)
	}
	if text, ok := in.Given[v.Name]; ok {
		return v.parse(text, "--var")
	}
	if f, ok := files[v.Name]; ok {
		return v.accept(f.value, f.at, "the file")
	}
	if text := in.getenv(variablePrefix + v.Name); text != "" {
		return v.parse(text, variablePrefix+v.Name)
	}
	if v.Default == cty.NilVal {
		return cty.DynamicVal, hcl.Diagnostics{missingVariable(v)}
	}
	return v.Default, nil
}

// restore returns the value that a run began with. It says so when another one
// is asked for, rather than to ignore it.
func (v *Variable) restore(raw json.RawMessage, given map[string]string) (cty.Value, hcl.Diagnostics) {
	saved, err := ctyjson.Unmarshal(raw, v.Type)
	if err != nil {
		return cty.DynamicVal, hcl.Diagnostics{errorAt(v.Range, "Saved value does not fit",
			"The value that the run has for %q cannot be read: %s.", v.Name, err)}
	}
	text, ok := given[v.Name]
	if !ok {
		return saved, nil
	}
	val, diags := v.parse(text, "--var")
	if !diags.HasErrors() && !val.RawEquals(saved) {
		diags = append(diags, errorAt(v.Range, "Variable of a run changed",
			"A run keeps the values that it began with, and --var gives another one for %q: leave it out, or begin a new run.", v.Name))
	}
	return saved, diags
}

// parse reads a value from the command line or the environment.
func (v *Variable) parse(text, from string) (cty.Value, hcl.Diagnostics) {
	if v.Type == cty.String {
		return cty.StringVal(text), nil
	}
	wrong := func(format string, args ...any) hcl.Diagnostics {
		return hcl.Diagnostics{v.shield(errorAt(v.Range, "Invalid value of a variable",
			"The value that %s gives for %q is not %s: %s.", from, v.Name, article(typeexpr.TypeString(v.Type)), fmt.Sprintf(format, args...)))}
	}
	expr, diags := hclsyntax.ParseExpression([]byte(text), from, hcl.InitialPos)
	if diags.HasErrors() {
		return cty.DynamicVal, wrong("it is not written as in a runbook; text within it needs quotes")
	}
	val, diags := expr.Value(nil)
	if diags.HasErrors() {
		return cty.DynamicVal, wrong("it must be a literal, and text needs quotes")
	}
	converted, err := v.convert(val)
	if err != nil {
		return cty.DynamicVal, wrong("%s", err)
	}
	return converted, nil
}

// accept fits the value of a file to the variable.
func (v *Variable) accept(val cty.Value, at hcl.Range, from string) (cty.Value, hcl.Diagnostics) {
	converted, err := v.convert(val)
	if err != nil {
		return cty.DynamicVal, hcl.Diagnostics{v.shield(errorAt(at, "Invalid value of a variable",
			"The value that %s gives for %q is not %s: %s.", from, v.Name, article(typeexpr.TypeString(v.Type)), err))}
	}
	return converted, nil
}

func missingVariable(v *Variable) *hcl.Diagnostic {
	what := ""
	if v.Description != "" {
		what = fmt.Sprintf(" (%s)", v.Description)
	}
	ways := fmt.Sprintf("Give it with --var %s=VALUE, with a line %s = VALUE in a file for --var-file, or as %s%s in the environment.",
		v.Name, v.Name, variablePrefix, v.Name)
	if v.Sensitive {
		ways = fmt.Sprintf("It is sensitive, so give it as %s%s in the environment or with a file for --var-file: other users can see the command line.",
			variablePrefix, v.Name)
	}
	return errorAt(v.Range, "Missing variable", "The variable %q%s has no value and no default. %s", v.Name, what, ways)
}

// validate evaluates the validation blocks of a variable.
func (s *Scope) validate(v *Variable) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, rule := range v.validations {
		ok, more := s.condition(rule)
		message, evenMore := s.message(v, rule)
		diags = append(append(diags, more...), evenMore...)
		if ok || diags.HasErrors() {
			continue
		}
		diags = append(diags, v.shield(errorAt(rule.at, "Invalid value of a variable",
			"The value of %q is refused: %s", v.Name, message)))
	}
	return diags
}

func (s *Scope) condition(rule validation) (bool, hcl.Diagnostics) {
	val, diags := s.evaluate(rule.condition)
	if diags.HasErrors() {
		return false, diags
	}
	val, _ = val.UnmarkDeep()
	ok, err := boolOf(val)
	if err != nil {
		return false, hcl.Diagnostics{errorAt(rule.condition.Range(), "Condition is not a bool",
			"A condition says true or false: %s. Compare, as in var.x > 0.", err)}
	}
	return !ok.Known || ok.Value, nil
}

func (s *Scope) message(v *Variable, rule validation) (string, hcl.Diagnostics) {
	val, diags := s.evaluate(rule.message)
	switch {
	case diags.HasErrors():
		return "", diags
	case val.ContainsMarked():
		return "the message is not shown, since it holds a sensitive value.", nil
	case !val.IsWhollyKnown():
		return "", nil
	case val.IsNull() || val.Type() != cty.String:
		return "", hcl.Diagnostics{errorAt(rule.message.Range(), "Message is not text", "The error_message of %q must be text in quotes.", v.Name)}
	}
	return val.AsString(), nil
}
