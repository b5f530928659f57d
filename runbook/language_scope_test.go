package runbook

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"redbook/runbook/host"
)

const scopeRunbook = `
redis "main" {
  address = "127.0.0.1:6379"
}

step "save" "dump" {}

step "copy" "dump" {
  from   = step.save.dump.path
  to     = "/b"
  expect = step.save.dump.size
}

output "keys" {
  value = step.save.dump.keys
}
`

func newTestScope(t *testing.T, r *Runbook) *Scope {
	t.Helper()
	vars, diags := r.Resolve(Inputs{Environment: testEnvironment()})
	if diags.HasErrors() {
		t.Fatal(printed(t, r, diags))
	}
	s, diags := r.NewScope(vars, testEnvironment())
	if diags.HasErrors() {
		t.Fatal(printed(t, r, diags))
	}
	return s
}

func TestSavedStep(t *testing.T) {
	full := fakeSaveOutputs{Path: "/a", Size: Known[int64](1 << 60), Keys: map[string]int64{"0": 1}, Names: []string{"x"}}
	partial := fakeSaveOutputs{Path: "/a"}
	tests := []struct {
		name string
		set  func(*Scope, *StepBlock)
	}{
		{"known", func(s *Scope, b *StepBlock) { s.SetStep(b, full) }},
		{"pointer", func(s *Scope, b *StepBlock) { s.SetStep(b, &full) }},
		{"partly unknown", func(s *Scope, b *StepBlock) { s.SetStep(b, partial) }},
		{"skipped", func(s *Scope, b *StepBlock) { s.SetSkipped(b) }},
		{"unknown", func(s *Scope, b *StepBlock) { s.SetUnknown(b) }},
		{"nothing", func(s *Scope, b *StepBlock) { s.SetStep(b, nil) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := load(t, "test.hcl", scopeRunbook)
			s, b := newTestScope(t, r), r.Steps[0]
			test.set(s, b)
			raw, err := s.SaveStep(b)
			if err != nil {
				t.Fatal(err)
			}
			again := newTestScope(t, r)
			if err := again.LoadStep(b, raw); err != nil {
				t.Fatal(err)
			}
			if got, want := again.steps[b.Label()], s.steps[b.Label()]; !got.RawEquals(want) {
				t.Errorf("got %#v, want %#v (from %s)", got, want, raw)
			}
		})
	}
}

func TestLoadStepRefuses(t *testing.T) {
	r := load(t, "test.hcl", scopeRunbook)
	s := newTestScope(t, r)
	for _, raw := range []string{"", "[]", `{"path": {}}`} {
		if err := s.LoadStep(r.Steps[0], json.RawMessage(raw)); err == nil {
			t.Errorf("%q: no error", raw)
		}
	}
}

func TestStepSeesOutputs(t *testing.T) {
	r := load(t, "test.hcl", scopeRunbook)
	s := newTestScope(t, r)
	s.SetRedis("main", testServer)
	s.SetStep(r.Steps[0], fakeSaveOutputs{Path: "/a", Size: Known[int64](7), Keys: map[string]int64{"0": 1}})
	call, diags := s.Step(r.Steps[1])
	if diags.HasErrors() {
		t.Fatal(printed(t, r, diags))
	}
	want := &fakeCopy{From: "/a", To: "/b", IfExists: "refuse", Expect: &Late[string]{Known: true, Value: "7"}}
	if diff := cmp.Diff(want, call.Step); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	values, diags := s.Outputs()
	if diags.HasErrors() {
		t.Fatal(printed(t, r, diags))
	}
	keys := cty.MapVal(map[string]cty.Value{"0": cty.NumberIntVal(1)})
	if len(values) != 1 || !values[0].Value.RawEquals(keys) {
		t.Errorf("outputs %#v", values)
	}
}

func TestRedisIsUnknownBeforeItIsSet(t *testing.T) {
	r := load(t, "test.hcl", `
redis "main" {
  address = "127.0.0.1:6379"
}

step "copy" "a" {
  from = redis.main.dump
  to   = "/b"
}
`)
	s := newTestScope(t, r)
	if _, diags := s.Step(r.Steps[0]); !diags.HasErrors() {
		t.Error("no diagnostic before SetRedis")
	}
	s.SetRedis("main", host.Description{Dump: "/a"})
	call, diags := s.Step(r.Steps[0])
	if diags.HasErrors() {
		t.Fatal(printed(t, r, diags))
	}
	if got := call.Step.(*fakeCopy).From; got != "/a" {
		t.Errorf("from %q, want /a", got)
	}
}

// TestValuesStayOutOfDiagnostics evaluates expressions that fail on a secret.
func TestValuesStayOutOfDiagnostics(t *testing.T) {
	for _, expr := range []string{
		`parseint(var.secret, 10)`,
		`[for s in [var.secret] : parseint(s, 10)][0]`,
		`local.derived`,
		`formatdate("YYYY", var.secret)`,
		`jsondecode(var.secret)`,
		`regex("z", var.secret)`,
		`{ a = 1 }[var.secret]`,
		`parseint(sensitive(env("SECRET")), 10)`,
		`"x" + var.secret`,
		`timeadd(var.secret, "1h")`,
		`tonumber(var.secret)`,
		`lookup({}, var.secret)`,
	} {
		t.Run(expr, func(t *testing.T) {
			r := load(t, "test.hcl", `
variable "secret" {
  sensitive = true
}
locals {
  derived = tobool("${var.secret}!")
}
step "login" "a" {
  argv  = ["true"]
  size  = 1
  token = `+expr+`
}
`)
			env := Environment{Getenv: getenv("REDBOOK_VAR_secret", "canary", "SECRET", "canary")}
			vars, diags := r.Resolve(Inputs{Environment: env})
			if diags.HasErrors() {
				t.Fatal(printed(t, r, diags))
			}
			s, _ := r.NewScope(vars, env)
			_, diags = s.Step(r.Steps[0])
			if !diags.HasErrors() {
				t.Error("the expression does not fail: it shows nothing")
			}
			if got := printed(t, r, diags) + diags.Error(); strings.Contains(got, "canary") {
				t.Errorf("the secret is shown: %s", got)
			}
		})
	}
}
