package runbook

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// isLiteral tells of most expressions without a look at each part that they need no context and cannot fail; false
// says nothing.
func isLiteral(e hcl.Expression) bool {
	switch e := e.(type) {
	case *hclsyntax.TemplateExpr:
		return e.IsStringLiteral()
	case *hclsyntax.LiteralValueExpr:
		return true
	}
	return false
}

// Arguments that say something about the runbook itself are literals: they are
// read without variables. A nil attribute is the zero value.

func literalString(a *hcl.Attribute) (string, hcl.Diagnostics) {
	v, diags := literal(a, cty.String, `text in quotes`)
	if v == cty.NilVal {
		return "", diags
	}
	return v.AsString(), diags
}

func literalBool(a *hcl.Attribute) (bool, hcl.Diagnostics) {
	v, diags := literal(a, cty.Bool, `true or false`)
	if v == cty.NilVal {
		return false, diags
	}
	return v.True(), diags
}

// literal returns cty.NilVal when the attribute is missing or wrong.
func literal(a *hcl.Attribute, t cty.Type, want string) (cty.Value, hcl.Diagnostics) {
	if a == nil {
		return cty.NilVal, nil
	}
	v, diags := a.Expr.Value(nil)
	if diags.HasErrors() || v.IsNull() || !v.IsKnown() || !v.Type().Equals(t) {
		return cty.NilVal, hcl.Diagnostics{errorAt(a.Expr.Range(), "Not a literal",
			"The argument %q is read before any variable has a value: write %s, without references and functions.", a.Name, want)}
	}
	return v, nil
}
