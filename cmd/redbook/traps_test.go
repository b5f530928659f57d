package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestTraps holds the chapters of docs/traps.md, the constants of package host
// and the code that warns, refuses and explains to each other.
func TestTraps(t *testing.T) {
	constants := trapConstants(t)
	code := trapCode(t)
	for name, constant := range constants {
		if !regexp.MustCompile(`\bhost\.` + constant + `\b`).MatchString(code) {
			t.Errorf("no code names the trap %q (host.%s)", name, constant)
		}
	}
	chapters := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^## (.*)$`).FindAllStringSubmatch(pages(t)["docs/traps.md"], -1) {
		chapters[m[1]] = true
		if constants[m[1]] == "" {
			t.Errorf("docs/traps.md has a chapter %q for which package host has no constant", m[1])
		}
	}
	for name := range constants {
		if !chapters[name] {
			t.Errorf("docs/traps.md has no chapter %q", name)
		}
	}
}

// trapConstants are the constants of type Trap, by the names of the traps.
func trapConstants(t *testing.T) map[string]string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(repository, "runbook/host/traps.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if lit, ok := spec.Values[0].(*ast.BasicLit); ok {
			if name, err := strconv.Unquote(lit.Value); err == nil && name != "" {
				names[name] = spec.Names[0].Name
			}
		}
		return true
	})
	if len(names) == 0 {
		t.Fatal("package host has no traps")
	}
	return names
}

// trapCode is the source of what warns, refuses and explains.
func trapCode(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, dir := range []string{"runbook/host/local", "runbook/host/preview", "steps"} {
		paths, _ := filepath.Glob(filepath.Join(repository, dir, "*.go"))
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(content)
		}
	}
	return all.String()
}
