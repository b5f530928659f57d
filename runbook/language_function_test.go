package runbook

import (
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

func TestFunctions(t *testing.T) {
	tests := []struct {
		expr string
		want cty.Value // cty.NilVal: an error
	}{
		{`basename("/a/b.rdb")`, cty.StringVal("b.rdb")},
		{`dirname("/a/b.rdb")`, cty.StringVal("/a")},
		{`dirname("/")`, cty.StringVal("/")},
		{`env("HOME")`, cty.StringVal("/root")},
		{`env("MISSING")`, cty.NilVal},
		{`try(env("MISSING"), "x")`, cty.StringVal("x")},
		{`can(env("MISSING"))`, cty.False},
		{`timestamp()`, cty.StringVal("2026-03-29T01:30:00Z")},
		{`formatdate("YYYYMMDD", timeadd(timestamp(), "24h"))`, cty.StringVal("20260330")},
		{`length("häß")`, cty.NumberIntVal(3)},
		{`length(["a", "b"])`, cty.NumberIntVal(2)},
		{`length({ a = 1 })`, cty.NumberIntVal(1)},
		{`length(toset(["a", "a"]))`, cty.NumberIntVal(1)},
		{`length(5)`, cty.NilVal},
		{`sensitive("x")`, cty.StringVal("x").Mark(sensitiveMark{})},
		{`upper(sensitive("x"))`, cty.StringVal("X").Mark(sensitiveMark{})},
		{`sensitive(null)`, cty.NullVal(cty.DynamicPseudoType).Mark(sensitiveMark{})},
		{`tonumber("5")`, cty.NumberIntVal(5)},
		{`tolist(["a"])[0]`, cty.StringVal("a")},
		{`jsondecode("{\"a\": [1]}").a[0]`, cty.NumberIntVal(1)},
		{`merge({ a = 1 }, { b = 2 }).b`, cty.NumberIntVal(2)},
		{`lookup({ a = 1 }, "b", 7)`, cty.NumberIntVal(7)},
		{`replace("a-b", "-", "_")`, cty.StringVal("a_b")},
		{`join(",", [for s in ["a", "b"] : upper(s)])`, cty.StringVal("A,B")},
	}
	ctx := &hcl.EvalContext{Functions: functions(Environment{Getenv: getenv("HOME", "/root"), Now: testTime}, false)}
	for _, test := range tests {
		t.Run(test.expr, func(t *testing.T) {
			expr, diags := hclsyntax.ParseExpression([]byte(test.expr), "test.hcl", hcl.InitialPos)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			got, diags := expr.Value(ctx)
			if diags.HasErrors() != (test.want == cty.NilVal) {
				t.Fatalf("got %v", diags)
			}
			if test.want != cty.NilVal && !got.RawEquals(test.want) {
				t.Errorf("got %#v, want %#v", got, test.want)
			}
		})
	}
}

func TestSuggest(t *testing.T) {
	names := []string{"address", "dump", "if_exists", "on_failure", "step"}
	tests := []struct{ given, want string }{
		{"addrss", "address"},
		{"adresss", "address"},
		{"setp", "step"},
		{"steps", "step"},
		{"STEP", "step"},
		{"ifexist", "if_exists"},
		{"onfailure", "on_failure"},
		{"x", ""},
		{"", ""},
		{"something", ""},
	}
	for _, test := range tests {
		if got := suggest(test.given, names); got != test.want {
			t.Errorf("%q: got %q, want %q", test.given, got, test.want)
		}
	}
}
