package runbook

import (
	"fmt"
	"io"
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// WriteDiagnostics writes diagnostics for people, with the lines of source that
// they are about, wrapped at width columns (0: not at all). Neither values of
// sensitive variables nor the source lines that hold them are shown.
func WriteDiagnostics(w io.Writer, files map[string]*hcl.File, diags hcl.Diagnostics, width int, color bool) error {
	withSource := hcl.NewDiagnosticTextWriter(w, files, uint(max(width, 0)), color)
	without := hcl.NewDiagnosticTextWriter(w, nil, uint(max(width, 0)), color)
	for _, d := range diags {
		writer := withSource
		if _, secret := d.Extra.(secretSource); secret {
			writer = without
		}
		if err := writer.WriteDiagnostic(d); err != nil {
			return fmt.Errorf("write diagnostics: %w", err)
		}
	}
	return nil
}

// secretSource, as a diagnostic's Extra, says that the source line of the
// diagnostic may hold the value of a sensitive variable.
type secretSource struct{}

// errorAt makes a diagnostic. The detail says what is wrong and what to do.
func errorAt(at hcl.Range, summary, detail string, args ...any) *hcl.Diagnostic {
	return &hcl.Diagnostic{
		Severity: hcl.DiagError,
		Summary:  summary,
		Detail:   fmt.Sprintf(detail, args...),
		Subject:  &at,
	}
}

func warningAt(at hcl.Range, summary, detail string, args ...any) *hcl.Diagnostic {
	d := errorAt(at, summary, detail, args...)
	d.Severity = hcl.DiagWarning
	return d
}

// sortByRange orders diagnostics as the source has what they are about.
func sortByRange(diags hcl.Diagnostics) {
	slices.SortStableFunc(diags, func(a, b *hcl.Diagnostic) int { return startByte(a) - startByte(b) })
}

func startByte(d *hcl.Diagnostic) int {
	if d.Subject == nil {
		return -1
	}
	return d.Subject.Start.Byte
}

// distinct drops diagnostics that say the same of the same place: a local with
// a mistake is met again at each use.
func distinct(diags hcl.Diagnostics) hcl.Diagnostics {
	type key struct {
		at      string
		summary string
		detail  string
	}
	seen := map[key]bool{}
	return slices.DeleteFunc(diags, func(d *hcl.Diagnostic) bool {
		k := key{summary: d.Summary, detail: d.Detail}
		if d.Subject != nil {
			k.at = d.Subject.String()
		}
		if seen[k] {
			return true
		}
		seen[k] = true
		return false
	})
}
