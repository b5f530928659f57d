package runbook

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// The parser and the evaluator recurse as deep as an expression is nested or
// long, some 8 KB of stack a level, and a stack that overflows cannot be
// recovered from. All bounds are far beyond what a person writes.
const (
	maxSource     = 16 << 20  // bytes of a file
	maxExpression = 128 << 10 // bytes of one expression
	maxNested     = 1000      // open brackets
)

// checkText refuses what the parser should not see at all. The offsets are where
// the source may be cut to be parsed in pieces.
func checkText(path string, src []byte) ([]int, *hcl.Diagnostic) {
	start := hcl.Range{Filename: path, Start: hcl.InitialPos, End: hcl.InitialPos}
	if len(src) > maxSource {
		return nil, errorAt(start, "Runbook too large", "The file has %d bytes; a runbook has at most %d. Is it a runbook at all?", len(src), maxSource)
	}
	if !utf8.Valid(src) {
		offset := invalidByte(src)
		at := rangeOfByte(path, src, offset)
		return nil, errorAt(at, "Not UTF-8", "The byte 0x%02x at line %d, column %d is not UTF-8: save the file as UTF-8.",
			src[offset], at.Start.Line, at.Start.Column)
	}
	l := limits{path: path, src: src, nested: maxNested, expression: maxExpression}
	if strings.HasSuffix(path, ".json") {
		return nil, l.json()
	}
	if cuts, ok := l.plain(); ok {
		return cuts, nil
	}
	return nil, l.native()
}

func invalidByte(src []byte) int {
	for offset := 0; ; {
		r, n := utf8.DecodeRune(src[offset:])
		if r == utf8.RuneError && n <= 1 {
			return offset
		}
		offset += n
	}
}

// limits walks a source and watches how deep and how long its expressions are.
type limits struct {
	path               string
	src                []byte
	nested, expression int    // the bounds
	open               []byte // the brackets that are open, by their first byte
	since              int    // offset at which the present expression may have begun
}

// native walks the tokens of the native syntax. An expression ends at a line's
// end unless it is inside parentheses, square brackets or a template.
func (l *limits) native() *hcl.Diagnostic {
	tokens, _ := hclsyntax.LexConfig(l.src, l.path, hcl.InitialPos) // the parser reports what is wrong
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen,
			hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl, hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc:
			l.open = append(l.open, t.Bytes[0])
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen,
			hclsyntax.TokenTemplateSeqEnd, hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc:
			l.open = l.open[:max(0, len(l.open)-1)]
		case hclsyntax.TokenNewline, hclsyntax.TokenComment:
			if n := len(l.open); n == 0 || l.open[n-1] == '{' {
				l.since = t.Range.End.Byte
			}
		}
		if d := l.check(t.Range.Start.Byte); d != nil {
			return d
		}
	}
	return nil
}

// json walks a JSON text, in which each string is an expression.
func (l *limits) json() *hcl.Diagnostic {
	inString, escaped := false, false
	for i, c := range l.src {
		switch {
		case escaped:
			escaped = false
		case inString && c == '\\':
			escaped = true
		case c == '"':
			inString, l.since = !inString, i
		case c == '(' || c == '[' || c == '{':
			l.open = append(l.open, c)
		case c == ')' || c == ']' || c == '}':
			l.open = l.open[:max(0, len(l.open)-1)]
		}
		if !inString {
			l.since = i
		}
		if d := l.check(i); d != nil {
			return d
		}
	}
	return nil
}

func (l *limits) check(offset int) *hcl.Diagnostic {
	switch {
	case len(l.open) > l.nested:
		return errorAt(rangeOfByte(l.path, l.src, offset), "Nested too deeply",
			"Up to here more than %d brackets are open: close them.", l.nested)
	case offset-l.since > l.expression:
		return errorAt(rangeOfByte(l.path, l.src, l.since), "Expression too long",
			"The expression that begins here has more than %d bytes: take it apart.", l.expression)
	}
	return nil
}

func rangeOfByte(path string, src []byte, offset int) hcl.Range {
	before := src[:offset]
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return hcl.Range{
		Filename: path,
		Start:    hcl.Pos{Line: line, Column: column, Byte: offset},
		End:      hcl.Pos{Line: line, Column: column + 1, Byte: offset + 1},
	}
}
