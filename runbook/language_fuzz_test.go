package runbook

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
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

// FuzzLimits holds the look at bytes to what the lexer says, with bounds that
// small inputs reach.
func FuzzLimits(f *testing.F) {
	for _, src := range []string{
		"a = \"x ${f(\"y\", [1])} z\"\n", "a = \"$${\" # \"\nb = [\n(\n{\n", "a = \"%{ if x ~}1%{ endif }\"\n",
		"a = <<EOT\n}}}\nEOT\n", "/* { */ a = \"\\\"{\"\n", "a = \"${ ( }\"{{{\"\n", "// {\nstep \"a\" \"b\" {\n  x = {\n y = 1 }\n}\n",
	} {
		f.Add([]byte(src), 3, 20)
	}
	f.Fuzz(func(t *testing.T, src []byte, nested, expression int) {
		if !utf8.Valid(src) {
			return
		}
		plain := limits{src: src, nested: nested, expression: expression}
		exact := plain
		if _, ok := plain.plain(); !ok {
			return
		}
		if d := exact.native(); d != nil {
			t.Errorf("the bytes of %q seem within %d brackets and %d bytes; the lexer: %s", src, nested, expression, d.Detail)
		}
	})
}
