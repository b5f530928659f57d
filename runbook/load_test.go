package runbook

import (
	"os"
	"testing"
)

func TestSmoke(t *testing.T) {
	src, err := os.ReadFile("testdata/language/valid/restore.hcl")
	if err != nil {
		t.Fatal(err)
	}
	r, diags := Load("restore.hcl", src, fakeKinds())
	_ = WriteDiagnostics(os.Stderr, r.Files(), diags, 80, false)
	if diags.HasErrors() {
		t.FailNow()
	}
	diags = r.Validate()
	_ = WriteDiagnostics(os.Stderr, r.Files(), diags, 80, false)
	vars, diags := r.Resolve(Inputs{Given: map[string]string{"password": "pw"}})
	_ = WriteDiagnostics(os.Stderr, r.Files(), diags, 80, false)
	s, diags := r.NewScope(vars, Environment{Now: testTime})
	for _, b := range r.Redis {
		c, d := s.Server(b)
		diags = append(diags, d...)
		t.Logf("%+v", c)
	}
	for _, b := range r.Steps {
		c, d := s.Step(b)
		diags = append(diags, d...)
		t.Logf("%+v %+v", c, c.Step)
	}
	_ = WriteDiagnostics(os.Stderr, r.Files(), diags, 80, false)
}
