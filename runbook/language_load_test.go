package runbook

import (
	"strings"
	"testing"
)

const smallest = "redis \"main\" {\n  address = \"a:1\"\n}\nstep \"save\" \"a\" {}\n"

func TestLoadAccepts(t *testing.T) {
	tests := []struct{ name, src string }{
		{"smallest", smallest},
		{"CRLF", strings.ReplaceAll(smallest, "\n", "\r\n")},
		{"no newline at the end", strings.TrimSuffix(smallest, "\n")},
		{"byte order mark", "\xef\xbb\xbf" + smallest},
		{"comments", "# a\n// b\n/* c */\n" + smallest},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, diags := Load("test.hcl", []byte(test.src), fakeKinds())
			diags = append(diags, r.Validate()...)
			if len(diags) > 0 {
				t.Error(printed(t, r, diags))
			}
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	tests := []struct{ name, path, src, want string }{
		{"nothing at all", "a.hcl", "", "The file holds no blocks"},
		{"too large", "a.hcl", strings.Repeat("#", maxSource+1), "a runbook has at most 16777216"},
		{"UTF-16", "a.hcl", "\xff\xfes\x00t\x00", "not UTF-8"},
		{"deeply nested", "a.hcl", "locals {\n  a = " + strings.Repeat("(", maxExpression), "Nested too deeply"},
		{"deeply nested JSON", "a.json", strings.Repeat("[", maxExpression), "Nested too deeply"},
		{"nested in a JSON string", "a.json", `{"locals": {"a": "${` + strings.Repeat("(", maxExpression), "Nested too deeply"},
		{"too many operators", "a.hcl", "locals {\n  a = " + strings.Repeat("1+", maxExpression), "Expression too long"},
		{"too many operators in JSON", "a.json", `{"locals": {"a": "${` + strings.Repeat("1+", maxExpression), "Expression too long"},
		{"many operators", "a.hcl", "locals {\n  a = " + strings.Repeat("!", maxExpression/16), "a.hcl line 2"},
		{"many conditions", "a.hcl", "locals {\n  a = " + strings.Repeat("1?1:", maxExpression/64), "a.hcl line 2"},
		{"JSON of no runbook", "a.json", "[]", "A JSON object is required here"},
		{"JSON text", "a.json", `"x"`, "Root value must be object"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, diags := Load(test.path, []byte(test.src), fakeKinds())
			got := unwrapped(printed(t, r, diags))
			if !diags.HasErrors() || !strings.Contains(got, test.want) {
				t.Errorf("got %.300s, want %q", got, test.want)
			}
		})
	}
}

// TestDiagnosticsOnce has a mistake in a local that several steps use.
func TestDiagnosticsOnce(t *testing.T) {
	r := load(t, "test.hcl", `
locals {
  broken = upper(["a"])
}

step "copy" "a" {
  from = local.broken
  to   = "/b"
}

step "copy" "b" {
  from = local.broken
  to   = "/c"
}
`)
	if diags := r.Validate(); len(diags) != 1 || diags[0].Subject.Start.Line != 3 {
		t.Errorf("want one diagnostic at line 3, got %s", printed(t, r, diags))
	}
}

func TestStepAddress(t *testing.T) {
	r := load(t, "test.hcl", smallest)
	b := r.Steps[0]
	if got, want := b.Address(), "step.save.a"; got != want {
		t.Errorf("address %q, want %q", got, want)
	}
	if got, want := b.Label(), "save.a"; got != want {
		t.Errorf("label %q, want %q", got, want)
	}
}
