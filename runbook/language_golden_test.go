package runbook

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
)

// TestValidRunbooks compares what valid runbooks evaluate to with goldens.
func TestValidRunbooks(t *testing.T) {
	files, err := filepath.Glob("testdata/language/valid/*.hcl*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, ".golden") {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			src, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(path, ".json") && string(Format(src)) != string(src) {
				t.Error("the fixture is not formatted")
			}
			in := Inputs{Environment: testEnvironment()}
			r, calls, outputs, diags := walk(path, src, in)
			if len(diags) > 0 {
				t.Fatal(printed(t, r, diags))
			}
			got := describeRunbook(t, r, calls, outputs)
			compareGolden(t, path+".golden", got)
		})
	}
}

func describeRunbook(t *testing.T, r *Runbook, calls []Call, outputs []OutputValue) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "description: %s\n", r.Description)
	vars, _ := r.Resolve(Inputs{Environment: testEnvironment()})
	s, _ := r.NewScope(vars, testEnvironment())
	for _, block := range r.Redis {
		c, _ := s.Server(block)
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "redis %s\n", text)
	}
	for i, c := range calls {
		fmt.Fprintf(&b, "%s when=%+v timeout=%s attempts=%d delay=%s on_failure=%s redis=%q description=%q\n",
			r.Steps[i].Address(), c.When, c.Timeout, c.Attempts, c.Delay, c.OnFailure, c.Redis, c.Description)
		if c.Step != nil {
			describeStep(&b, reflect.ValueOf(c.Step).Elem())
		}
	}
	for _, o := range outputs {
		fmt.Fprintf(&b, "output %s sensitive=%t description=%q value=%#v\n", o.Name, o.Sensitive, o.Description, o.Value)
	}
	return b.String()
}

func describeStep(b *strings.Builder, step reflect.Value) {
	for i := range step.NumField() {
		v := step.Field(i)
		if v.Kind() == reflect.Pointer && !v.IsNil() {
			v = v.Elem()
		}
		fmt.Fprintf(b, "  %s = %+v\n", step.Type().Field(i).Name, v.Interface())
	}
}

func printed(t *testing.T, r *Runbook, diags hcl.Diagnostics) string {
	t.Helper()
	var b strings.Builder
	if err := WriteDiagnostics(&b, r.Files(), diags, 78, false); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestPrintedDiagnostics shows how mistakes are printed.
func TestPrintedDiagnostics(t *testing.T) {
	src := `variable "backup" {
  default = "/a"
}

step "copy" "dump" {
  from = var.bakup
  to   = step.save.dump.path
}

step "save" "dump" {}

redis "main" {
  address = "127.0.0.1:6379"
}
`
	r, diags := Load("restore.hcl", []byte(src), fakeKinds())
	compareGolden(t, "testdata/language/printed.golden", printed(t, r, diags))
}
