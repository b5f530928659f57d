package runbook

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzLoad feeds anything to Load and Validate, which must not panic and must
// have printable diagnostics.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/language/valid/*.hcl", "testdata/language/valid/*.json", "testdata/language/invalid/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range files {
			src, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(src, strings.HasSuffix(path, ".json"))
		}
	}
	f.Add([]byte("\xef\xbb\xbfstep \"nothing\" \"a\" {}\n"), false)
	kinds := fakeKinds()
	f.Fuzz(func(t *testing.T, src []byte, json bool) {
		path := "fuzz.hcl"
		if json {
			path = "fuzz.hcl.json"
		}
		r, diags := Load(path, src, kinds)
		if !diags.HasErrors() {
			diags = append(diags, r.Validate()...)
		}
		if err := WriteDiagnostics(io.Discard, r.Files(), diags, 80, false); err != nil {
			t.Error(err)
		}
		if !json {
			Format(src)
		}
	})
}
