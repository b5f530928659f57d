package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"redbook/runbook"
	"redbook/steps"
)

const repository = "../.."

// pages are the texts for people, by their path within the repository.
func pages(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "runbooks/*.md"} {
		paths, _ := filepath.Glob(filepath.Join(repository, pattern))
		for _, path := range paths {
			name, err := filepath.Rel(repository, path)
			if err != nil {
				t.Fatal(err)
			}
			texts[name] = readFile(t, path)
		}
	}
	return texts
}

var (
	linkPattern    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	headingPattern = regexp.MustCompile(`(?m)^#+ (.*)$`)
	fencePattern   = regexp.MustCompile("(?ms)^```(\\w*)([^\n]*)\n(.*?)^```$")
)

// TestLinks follows every link of a page to a file and, within it, to a heading.
func TestLinks(t *testing.T) {
	texts := pages(t)
	for name, text := range texts {
		for _, m := range linkPattern.FindAllStringSubmatch(fencePattern.ReplaceAllString(text, ""), -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			path := filepath.Join(filepath.Dir(name), target)
			if target == "" {
				path = name
			}
			if _, err := os.Stat(filepath.Join(repository, path)); err != nil {
				t.Errorf("%s links to %s: %v", name, m[1], err)
			}
			if anchor != "" && !slices.Contains(anchors(texts[path]), anchor) {
				t.Errorf("%s links to %s: there is no such heading", name, m[1])
			}
		}
	}
}

// anchors are the names under which a page's headings can be linked to.
func anchors(text string) (list []string) {
	drop := regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	for _, m := range headingPattern.FindAllStringSubmatch(fencePattern.ReplaceAllString(text, ""), -1) {
		list = append(list, strings.ReplaceAll(drop.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-"))
	}
	return list
}

// TestExamples checks the runbooks in the pages: one marked hcl stands alone, one
// marked "hcl fragment" stands after the page's first, which declares what it uses.
func TestExamples(t *testing.T) {
	for name, text := range pages(t) {
		head, count := "", 0
		for _, m := range fencePattern.FindAllStringSubmatch(text, -1) {
			if m[1] != "hcl" {
				continue
			}
			count++
			source := m[3]
			if strings.Contains(m[2], "fragment") {
				source = head + source
			} else if head == "" {
				head = source
			}
			r, diags := runbook.Load(fmt.Sprintf("%s, example %d", name, count), []byte(source), steps.All())
			if !diags.HasErrors() {
				diags = append(diags, r.Validate()...)
			}
			if diags.HasErrors() {
				t.Errorf("%v in\n%s", diags, source)
			}
			if formatted := runbook.Format([]byte(m[3])); !bytes.Equal(formatted, []byte(m[3])) {
				t.Errorf("%s, example %d is not in the standard layout:\n%s", name, count, m[3])
			}
		}
	}
}

// TestStepsPage generates docs/steps.md.
func TestStepsPage(t *testing.T) { compareFile(t, "docs/steps.md", stepsPage()) }

func compareFile(t *testing.T, name, want string) {
	t.Helper()
	path := filepath.Join(repository, name)
	if *update {
		writePage(t, path, want)
	}
	if got := readFile(t, path); got != want {
		t.Errorf("%s is out of date; go test ./cmd/redbook -update writes it anew", name)
	}
}

func writePage(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func stepsPage() string {
	var b strings.Builder
	b.WriteString(`# The step kinds

This page is generated from the code by ` + "`go test ./cmd/redbook -run TestStepsPage -update`" + `;
` + "`redbook steps KIND`" + ` prints the same. [language.md](language.md) explains the rest of the language.

`)
	kinds := steps.All()
	for _, name := range kinds.Names() {
		fmt.Fprintf(&b, "- [%s](#%[1]s)\n", name)
	}
	b.WriteString("\n## Arguments of every step\n\n")
	argumentTable(&b, runbook.MetaArguments())
	b.WriteString("\n## Exports of a redis block\n\nAs in `redis.main.dump`: asked of the server when the plan is made, or read from its config file where it is down.\n\n")
	outputTable(&b, runbook.RedisExports())
	for _, name := range kinds.Names() {
		k, _ := kinds.Lookup(name)
		fmt.Fprintf(&b, "\n## %s\n\n%s. Its default timeout is %s.\n", k.Name, k.Summary, duration(k.Timeout))
		if args := k.Arguments(); len(args) > 0 {
			b.WriteString("\n")
			argumentTable(&b, args)
		}
		if outputs := k.OutputsDoc(); len(outputs) > 0 {
			b.WriteString("\nOutputs:\n\n")
			outputTable(&b, outputs)
		}
		fmt.Fprintf(&b, "\n```hcl\n%s```\n", k.Example)
	}
	return b.String()
}

func argumentTable(b *strings.Builder, args []runbook.ArgumentDoc) {
	b.WriteString("| argument | type | default | |\n| --- | --- | --- | --- |\n")
	for _, a := range args {
		def := "none"
		switch {
		case a.Required:
			def = "required"
		case a.Default != "":
			def = "`" + a.Default + "`"
		}
		doc := a.Doc
		if len(a.OneOf) > 0 {
			doc += " (`" + strings.Join(a.OneOf, "`, `") + "`)"
		}
		if a.Late {
			doc += ". May be known only in the run"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", a.Name, a.Type, def, cell(doc))
	}
}

func outputTable(b *strings.Builder, outputs []runbook.OutputDoc) {
	b.WriteString("| name | type | |\n| --- | --- | --- |\n")
	for _, o := range outputs {
		doc := o.Doc
		if o.Late {
			doc += ". A plan may not know it"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", o.Name, o.Type, cell(doc))
	}
}

func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }

// TestExitCodesPage finds every exit code in the table of docs/cli.md.
func TestExitCodesPage(t *testing.T) {
	page := pages(t)["docs/cli.md"]
	for _, code := range []int{
		exitDone, exitUsage, exitChanges, exitRolledBack, exitIncomplete, exitPaused, exitInterrupted, exitStale, exitHeld, exitCheck,
	} {
		if !strings.Contains(page, fmt.Sprintf("\n| %d |", code)) {
			t.Errorf("docs/cli.md does not list exit code %d", code)
		}
	}
}

// TestFunctionsPage lists the functions in docs/language.md.
func TestFunctionsPage(t *testing.T) {
	page := pages(t)["docs/language.md"]
	before, rest, _ := strings.Cut(page, "standard library:\n\n")
	_, after, found := strings.Cut(rest, "\n\nand two that ask")
	if !found {
		t.Fatal("docs/language.md has no list of functions")
	}
	var names []string
	for _, name := range runbook.FunctionNames() {
		if name != "env" && name != "timestamp" {
			names = append(names, "`"+name+"`")
		}
	}
	list := strings.Join(wrap(strings.Fields(strings.Join(names, ", ")+"."), 100), "\n")
	compareFile(t, "docs/language.md", before+"standard library:\n\n"+list+"\n\nand two that ask"+after)
}
