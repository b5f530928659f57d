package runbook

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// A long source is parsed in pieces, as if it were parsed whole: the same blocks at the same places, the same mistake.
func TestParsePieces(t *testing.T) {
	var src bytes.Buffer
	for i := range 6000 {
		fmt.Fprintf(&src, "step \"chown\" \"s%d\" {\n  path = \"/ü/%d\"\n}\n", i, i)
		if i == 5500 { // the parser tells of the first mistake, and that of each piece
			src.WriteString("step \"save\" {\n  a = = 1\n}\n")
		}
	}
	l := limits{path: "a.hcl", src: src.Bytes(), nested: maxNested, expression: maxExpression}
	cuts, ok := l.plain()
	if !ok || len(cuts) < 3 {
		t.Fatalf("cut at %v, %t", cuts, ok)
	}
	whole, wholeDiags := hclsyntax.ParseConfig(src.Bytes(), "a.hcl", hcl.InitialPos)
	file, diags := parsePieces("a.hcl", src.Bytes(), cuts)
	if got, want := diags.Error(), wholeDiags.Error(); got != want || len(diags) != len(wholeDiags) || len(diags) == 0 {
		t.Errorf("%d diagnostics: %s\nwant %d: %s", len(diags), got, len(wholeDiags), want)
	}
	got, want := file.Body.(*hclsyntax.Body), whole.Body.(*hclsyntax.Body)
	if got.Range() != want.Range() || len(got.Blocks) != len(want.Blocks) {
		t.Fatalf("%d blocks in %v, want %d in %v", len(got.Blocks), got.Range(), len(want.Blocks), want.Range())
	}
	for i, b := range got.Blocks {
		if w := want.Blocks[i]; b.Range() != w.Range() || fmt.Sprint(b.Labels) != fmt.Sprint(w.Labels) {
			t.Fatalf("block %d is %v at %v, want %v at %v", i, b.Labels, b.Range(), w.Labels, w.Range())
		}
	}
}
