package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestGuarantees holds docs/guarantees.md to tests that exist, and each of its
// promises to one.
func TestGuarantees(t *testing.T) {
	text := pages(t)["docs/guarantees.md"]
	functions := testFunctions(t)
	rows := 0
	for line := range strings.Lines(text) {
		names := regexp.MustCompile("`(Test[A-Za-z]+)`").FindAllStringSubmatch(line, -1)
		for _, m := range names {
			if !functions[m[1]] {
				t.Errorf("docs/guarantees.md names %s, and there is no such test", m[1])
			}
		}
		if strings.HasPrefix(line, "| ") && !strings.Contains(line, "---") && !strings.HasPrefix(line, "| promise") {
			rows++
			if len(names) == 0 {
				t.Errorf("no test shows this: %s", line)
			}
		}
	}
	if rows == 0 {
		t.Error("docs/guarantees.md promises nothing")
	}
}

// testFunctions are the names of all tests of the repository.
func testFunctions(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	declaration := regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)
	err := filepath.WalkDir(repository, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		content, err := os.ReadFile(path)
		for _, m := range declaration.FindAllSubmatch(content, -1) {
			names[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
