package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestTraps holds docs/traps.md and the names of traps in the code to each other.
func TestTraps(t *testing.T) {
	chapters := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^## (.*)$`).FindAllStringSubmatch(pages(t)["docs/traps.md"], -1) {
		for name := range strings.SplitSeq(m[1], ", ") {
			chapters[name] = true
		}
	}
	names := trapsInCode(t)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !chapters[name] {
			t.Errorf("docs/traps.md has no chapter %q, which %s names", name, names[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(chapters)) {
		if names[name] == "" {
			t.Errorf("docs/traps.md has a chapter %q that no code names", name)
		}
	}
}

// trapsInCode finds the names of traps: in fields called Trap, as the first
// argument of what refuses or warns, and in the table of explanations.
func trapsInCode(t *testing.T) map[string]string {
	t.Helper()
	names := map[string]string{}
	for _, dir := range []string{"runbook/host/local", "runbook/host/preview", "steps"} {
		paths, _ := filepath.Glob(filepath.Join(repository, dir, "*.go"))
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if name := trapOf(n); name != "" {
					names[name] = filepath.Join(dir, filepath.Base(path))
				}
				return true
			})
		}
	}
	return names
}

var trapName = regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)

func trapOf(n ast.Node) string {
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && strings.EqualFold(key.Name, "trap") {
			return text(n.Value)
		}
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.SelectorExpr); ok && len(n.Args) > 1 && slices.Contains([]string{"refuse", "warn", "empty"}, f.Sel.Name) {
			for _, arg := range n.Args[:2] { // the first, or behind a context
				if name := text(arg); trapName.MatchString(name) {
					return name
				}
			}
		}
	case *ast.CompositeLit: // {pattern, trap, cause, remedy}
		if n.Type == nil && len(n.Elts) == 4 {
			if _, ok := n.Elts[0].(*ast.CallExpr); ok {
				return text(n.Elts[1])
			}
		}
	}
	return ""
}

func text(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	s, _ := strconv.Unquote(lit.Value) // the parser has read it already
	return s
}
