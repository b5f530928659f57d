package runbook

import (
	"bytes"
	"runtime"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"
	"golang.org/x/sync/errgroup"
)

// parse reads a file of the native syntax, or JSON when path ends in .json. Its
// diagnostics can be printed from then on.
func (r *Runbook) parse(path string, src []byte) (*hcl.File, hcl.Diagnostics) {
	if len(src) <= maxSource { // a printer walks the whole of what it may quote
		r.files[path] = &hcl.File{Bytes: src}
	}
	cuts, d := checkText(path, src)
	if d != nil {
		return nil, hcl.Diagnostics{d}
	}
	var file *hcl.File
	var diags hcl.Diagnostics
	if strings.HasSuffix(path, ".json") {
		file, diags = json.Parse(src, path)
	} else {
		file, diags = parsePieces(path, src, cuts)
	}
	if file != nil {
		r.files[path] = file
	}
	return file, diags
}

// parsePieces parses a source of the native syntax that may be cut at some
// offsets, as if it were parsed whole. The lexer keeps a token of 100 bytes for
// each word that it is given, so that of a long runbook the tokens are the most.
func parsePieces(path string, src []byte, cuts []int) (*hcl.File, hcl.Diagnostics) {
	body := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}}
	var nav pieces
	var diags hcl.Diagnostics
	for i, p := range parseEach(path, src, cuts) {
		diags = append(diags, p.diags...)
		part := p.file.Body.(*hclsyntax.Body) // as ParseConfig promises
		if len(part.Attributes) > 0 {         // one name in two pieces would not be found
			return hclsyntax.ParseConfig(src, path, hcl.InitialPos)
		}
		body.Blocks = append(body.Blocks, part.Blocks...)
		if i == 0 {
			body.SrcRange = part.SrcRange
		}
		body.SrcRange.End, body.EndRange = part.SrcRange.End, part.EndRange
		nav = append(nav, navigator{p.end, p.file.Nav})
	}
	return &hcl.File{Body: body, Bytes: src, Nav: nav}, diags
}

// A parsedPiece is a part of a source.
type parsedPiece struct {
	end   int // offset in the source
	file  *hcl.File
	diags hcl.Diagnostics
}

// parseEach parses the pieces beside each other, as many at once as there are processors.
func parseEach(path string, src []byte, cuts []int) []parsedPiece {
	parsed := make([]parsedPiece, len(cuts)+1)
	var parsers errgroup.Group
	parsers.SetLimit(runtime.GOMAXPROCS(0))
	at := hcl.InitialPos
	for i, end := range append(slices.Clip(cuts), len(src)) {
		text, from := src[at.Byte:end], at
		parsers.Go(func() error {
			file, diags := hclsyntax.ParseConfig(text, path, from)
			parsed[i] = parsedPiece{end, file, diags}
			return nil
		})
		at.Line += bytes.Count(text, []byte("\n"))
		at.Byte = end
	}
	_ = parsers.Wait() // none returns an error
	return parsed
}

// pieces tell a printer of diagnostics which block an offset is in.
type pieces []navigator

type navigator struct {
	end int
	nav any
}

// ContextString is the header of the block at an offset, "" outside of blocks.
func (p pieces) ContextString(offset int) string {
	for _, n := range p {
		if context, ok := n.nav.(interface{ ContextString(int) string }); ok && offset < n.end {
			return context.ContextString(offset)
		}
	}
	return ""
}
