package runbook

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

const inputsRunbook = `
variable "path" {
  default = "from default"
}

variable "keys" {
  type    = number
  default = 1
}

variable "tags" {
  type    = map(string)
  default = {}
}

variable "anything" {
  type    = any
  default = null
}

variable "password" {
  sensitive = true
  default   = "from default"
}

step "nothing" "a" {}
`

func load(t *testing.T, path, src string) *Runbook {
	t.Helper()
	r, diags := Load(path, []byte(src), fakeKinds())
	if diags.HasErrors() {
		t.Fatal(printed(t, r, diags))
	}
	return r
}

func getenv(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestResolvePrecedence(t *testing.T) {
	file := func(path, src string) VarFile { return VarFile{path, []byte(src)} }
	tests := []struct {
		name string
		in   Inputs
		want string
	}{
		{"default", Inputs{}, "from default"},
		{"environment", Inputs{Environment: Environment{Getenv: getenv("REDBOOK_VAR_path", "env")}}, "env"},
		{"file over environment", Inputs{
			Files:       []VarFile{file("a.hcl", `path = "file"`)},
			Environment: Environment{Getenv: getenv("REDBOOK_VAR_path", "env")},
		}, "file"},
		{"last file", Inputs{Files: []VarFile{file("a.hcl", `path = "a"`), file("b.json", `{"path": "b"}`)}}, "b"},
		{"given over file", Inputs{
			Given: map[string]string{"path": "given"},
			Files: []VarFile{file("a.hcl", `path = "file"`)},
		}, "given"},
		{"plain text", Inputs{Given: map[string]string{"path": `"${quoted}"`}}, `"${quoted}"`},
		{"saved", Inputs{
			Saved:       map[string]json.RawMessage{"path": json.RawMessage(`"saved"`)},
			Environment: Environment{Getenv: getenv("REDBOOK_VAR_path", "env")},
		}, "saved"},
		{"saved, the same given", Inputs{
			Saved: map[string]json.RawMessage{"path": json.RawMessage(`"saved"`)},
			Given: map[string]string{"path": "saved"},
		}, "saved"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := load(t, "test.hcl", inputsRunbook)
			vars, diags := r.Resolve(test.in)
			if diags.HasErrors() {
				t.Fatal(printed(t, r, diags))
			}
			if got := vars.byName["path"].AsString(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestResolveRefuses(t *testing.T) {
	tests := []struct {
		name string
		in   Inputs
		want string // in what is printed
		not  string // not in what is printed
	}{
		{"unknown given", Inputs{Given: map[string]string{"paht": "x"}}, `--var gives "paht", which the runbook does not declare. Did you mean "path"?`, ""},
		{"sensitive given", Inputs{Given: map[string]string{"password": "canary"}}, "other users can see the command line", "canary"},
		{"unknown in file", Inputs{Files: []VarFile{{"a.hcl", []byte("\npasword = \"canary\"\n")}}}, "a.hcl line 2", "canary"},
		{"wrong type given", Inputs{Given: map[string]string{"keys": "[1]"}}, "number required, but have tuple", ""},
		{"no expression given", Inputs{Given: map[string]string{"tags": "{"}}, "it is not written as in a runbook", ""},
		{"wrong type in file", Inputs{Files: []VarFile{{"a.hcl", []byte(`keys = "x"`)}}}, `1: keys = "x"`, ""},
		{"sensitive of wrong type in file", Inputs{Files: []VarFile{{"a.hcl", []byte(`password = ["canary"]`)}}}, "a.hcl line 1", "canary"},
		{"no literal in file", Inputs{Files: []VarFile{{"a.hcl", []byte(`path = var.x`)}}}, "must be a literal", ""},
		{"syntax error in file", Inputs{Files: []VarFile{{"a.hcl", []byte(`password = "canary`)}}}, "a.hcl line 1", "canary"},
		{"block in file", Inputs{Files: []VarFile{{"a.hcl", []byte(`password {}`)}}}, "Write one NAME = VALUE a line", ""},
		{"json syntax error", Inputs{Files: []VarFile{{"a.json", []byte(`{"password": "canary" "x"}`)}}}, "a.json line 1", "canary"},
		{"changed on resume", Inputs{
			Saved: map[string]json.RawMessage{"path": json.RawMessage(`"saved"`)},
			Given: map[string]string{"path": "other"},
		}, "A run keeps the values that it began with", ""},
		{"saved of another type", Inputs{Saved: map[string]json.RawMessage{"keys": json.RawMessage(`{}`)}}, "cannot be read", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := load(t, "test.hcl", inputsRunbook)
			_, diags := r.Resolve(test.in)
			got := unwrapped(printed(t, r, diags))
			if !diags.HasErrors() || !strings.Contains(got, test.want) {
				t.Errorf("got %s\nwant %s", got, test.want)
			}
			if test.not != "" && strings.Contains(got, test.not) {
				t.Errorf("%s is shown: %s", test.not, got)
			}
		})
	}
}

// unwrapped joins the lines of what was wrapped.
func unwrapped(text string) string { return strings.ReplaceAll(text, "\n", " ") }

func TestSavedVariables(t *testing.T) {
	r := load(t, "test.hcl", inputsRunbook)
	given := map[string]string{"tags": `{ a = "b" }`, "anything": `["x", 1]`}
	env := Environment{Getenv: getenv("REDBOOK_VAR_password", "canary")}
	vars, diags := r.Resolve(Inputs{Given: given, Environment: env})
	if diags.HasErrors() {
		t.Fatal(printed(t, r, diags))
	}
	saved, err := vars.Save()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(saved)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), "canary") {
		t.Errorf("a sensitive value is saved: %s", raw)
	}
	again, diags := r.Resolve(Inputs{Saved: saved, Environment: env})
	if diags.HasErrors() {
		t.Fatal(printed(t, r, diags))
	}
	for name, want := range vars.byName {
		if got := again.byName[name]; !got.RawEquals(want) {
			t.Errorf("%s: got %#v, want %#v", name, got, want)
		}
	}
}

func TestOptionalAttributes(t *testing.T) {
	r := load(t, "test.hcl", `
variable "limits" {
  type = object({ keys = number, db = optional(number, 3) })
}
step "nothing" "a" {}
`)
	vars, diags := r.Resolve(Inputs{Given: map[string]string{"limits": "{ keys = 5 }"}})
	if diags.HasErrors() {
		t.Fatal(printed(t, r, diags))
	}
	if got := vars.byName["limits"].GetAttr("db"); !got.RawEquals(cty.NumberIntVal(3)) {
		t.Errorf("got %#v, want 3", got)
	}
}

func TestWriteDiagnosticsHidesSecrets(t *testing.T) {
	src := `x = "canary"`
	diag := errorAt(hcl.Range{Filename: "a.hcl", Start: hcl.InitialPos, End: hcl.Pos{Line: 1, Column: 2, Byte: 1}}, "Wrong", "Mend it.")
	diag.Extra = secretSource{}
	var b strings.Builder
	files := map[string]*hcl.File{"a.hcl": {Bytes: []byte(src)}}
	if err := WriteDiagnostics(&b, files, hcl.Diagnostics{diag}, 0, false); err != nil {
		t.Fatal(err)
	}
	want := "Error: Wrong\n\n  on a.hcl line 1:\n  (source code not available)\n\nMend it.\n\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
