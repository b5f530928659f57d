package runbook

import (
	"testing"

	"github.com/hashicorp/hcl/v2"
)

func TestDiagnosticsError(t *testing.T) {
	at := &hcl.Range{Filename: "a.hcl", Start: hcl.Pos{Line: 3, Column: 2}, End: hcl.Pos{Line: 3, Column: 5}}
	e := &DiagnosticsError{Diagnostics: hcl.Diagnostics{
		{Severity: hcl.DiagError, Summary: "Unknown variable", Detail: "--var gives \"a\"."},
		{Severity: hcl.DiagError, Summary: "Unknown step", Detail: "There is none.", Subject: at},
		{Severity: hcl.DiagError, Summary: "No more", Subject: at},
	}}
	want := "Unknown variable; --var gives \"a\".\na.hcl:3,2-5: Unknown step; There is none.\na.hcl:3,2-5: No more"
	if got := e.Error(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
