package runbook

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// A Variable is a value that whoever runs the runbook gives.
type Variable struct {
	Name        string
	Description string
	Type        cty.Type
	Sensitive   bool
	Default     cty.Value // cty.NilVal when the variable must be given; of Type, not marked
	Range       hcl.Range

	attributes  *typeexpr.Defaults // defaults of optional object attributes
	validations []validation
}

// A validation is a rule for the value of one variable.
type validation struct {
	condition hcl.Expression
	message   hcl.Expression
	at        hcl.Range
}

var variableSchema = blockSchema{
	subject:  "a variable block",
	optional: []string{"type", "default", "description", "sensitive"},
	blocks:   []hcl.BlockHeaderSchema{{Type: "validation"}},
}

var validationSchema = blockSchema{subject: "a validation block", required: []string{"condition", "error_message"}}

func (r *Runbook) addVariable(b *hcl.Block) hcl.Diagnostics {
	content, diags := variableSchema.read(b.Body, b.DefRange)
	v := &Variable{Name: b.Labels[0], Type: cty.String, Range: b.DefRange}
	attrs := content.Attributes
	var more hcl.Diagnostics
	v.Description, more = literalString(attrs["description"])
	diags = append(diags, more...)
	v.Sensitive, more = literalBool(attrs["sensitive"])
	diags = append(diags, more...)
	diags = append(diags, v.readType(attrs["type"])...)
	diags = append(diags, v.readDefault(attrs["default"])...)
	for _, inner := range content.Blocks {
		rule, more := validationSchema.read(inner.Body, inner.DefRange)
		diags = append(diags, more...)
		if more.HasErrors() {
			continue
		}
		v.validations = append(v.validations, validation{
			condition: rule.Attributes["condition"].Expr,
			message:   rule.Attributes["error_message"].Expr,
			at:        rule.Attributes["condition"].Range,
		})
	}
	r.Variables = append(r.Variables, v)
	return append(diags, checkLabel(b, 0)...)
}

func (v *Variable) readType(a *hcl.Attribute) hcl.Diagnostics {
	if a == nil {
		return nil
	}
	t, defaults, diags := typeexpr.TypeConstraintWithDefaults(a.Expr)
	if diags.HasErrors() {
		return hcl.Diagnostics{errorAt(a.Expr.Range(), "Invalid type",
			"%s A type is string, number, bool, any, list(string), map(number), object({ name = string }) or the like, without quotes.", diags[0].Detail)}
	}
	v.Type, v.attributes = t, defaults
	return nil
}

func (v *Variable) readDefault(a *hcl.Attribute) hcl.Diagnostics {
	if a == nil {
		return nil
	}
	val, diags := a.Expr.Value(nil)
	if diags.HasErrors() {
		return hcl.Diagnostics{v.shield(errorAt(a.Expr.Range(), "Invalid default",
			"The default of the variable %q is read before anything else has a value: write a literal, without references and functions; or put the expression into a locals block.", v.Name))}
	}
	val, err := v.convert(val)
	if err != nil {
		return hcl.Diagnostics{v.shield(errorAt(a.Expr.Range(), "Invalid default",
			"The default of the variable %q does not fit its type %s: %s. Change the default or the type.", v.Name, typeexpr.TypeString(v.Type), err))}
	}
	v.Default = val
	return nil
}

// convert makes a value one of the variable's type.
func (v *Variable) convert(val cty.Value) (cty.Value, error) {
	if v.attributes != nil && !val.IsNull() {
		val = v.attributes.Apply(val)
	}
	return convert.Convert(val, v.Type)
}

// shield keeps the source line out of a diagnostic about a sensitive value.
func (v *Variable) shield(d *hcl.Diagnostic) *hcl.Diagnostic {
	if v.Sensitive {
		d.Extra = secretSource{}
		d.Expression, d.EvalContext = nil, nil
	}
	return d
}
