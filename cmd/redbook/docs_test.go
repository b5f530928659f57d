package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
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

// TestReadme keeps the outputs in README.md as they really are: each stands in a
// code block below a comment that names what it shows.
func TestReadme(t *testing.T) {
	dir := workDirectory(t)
	server := newRedis(t, filepath.Join(dir, "redis"), "appendonly yes")
	server.start()
	server.do("SET", "shapes:triangles", "3 sides")
	runbooks, err := filepath.Abs(filepath.Join(repository, "runbooks"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(runbooks, filepath.Join(dir, "runbooks")); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "backups", "keep"), "")
	mustRun(t, dir, exitDone, "run", "runbooks/backup.hcl", "--yes", "--state-dir", "state", "--var-file", "vars.hcl", "--var", "directory="+dir+"/backups")
	dumps, _ := filepath.Glob(filepath.Join(dir, "backups", "*.rdb"))
	if len(dumps) != 1 {
		t.Fatalf("the backup made %v", dumps)
	}
	if err := os.Rename(dumps[0], filepath.Join(dir, "good.rdb")); err != nil {
		t.Fatal(err)
	}
	server.do("SET", "shapes:triangles", "4 sides")
	failing := strings.ReplaceAll(readFile(t, filepath.Join(runbooks, "restore.hcl")), "step \"verify-key\" \"restored\" {",
		"step \"exec\" \"smoke-test\" {\n  argv = [\"false\"]\n  undo = [\"true\"]\n}\n\nstep \"verify-key\" \"restored\" {")
	writeFile(t, filepath.Join(dir, "restore.hcl"), failing)

	restore := []string{"--state-dir", "state", "--var-file", "vars.hcl", "--var", "backup=" + dir + "/good.rdb"}
	check := []string{"--var", "key=shapes:triangles", "--var", "value=3 sides"}
	shown := map[string]string{
		"plan":     mustRun(t, dir, exitDone, append(append([]string{"plan", "runbooks/restore.hcl"}, restore...), check...)...),
		"rollback": afterPlan(mustRun(t, dir, exitRolledBack, append([]string{"run", "restore.hcl", "--yes"}, restore...)...)),
	}
	page := pages(t)["README.md"]
	for name, output := range shown {
		output = asInstalled(output, dir)
		before, rest, found := strings.Cut(page, "<!-- "+name+" -->\n```text\n")
		_, after, closed := strings.Cut(rest, "```\n")
		if !found || !closed {
			t.Errorf("README.md has no block for %s", name)
			continue
		}
		page = before + "<!-- " + name + " -->\n```text\n" + output + "```\n" + after
	}
	compareFile(t, "README.md", page)
}

// afterPlan is what a run prints once its plan was shown.
func afterPlan(output string) string {
	_, after, _ := strings.Cut(output, "Nothing was touched.\n")
	return after
}

// asInstalled shows an output as it would be on a host that has Redis as a
// service of the distribution, with values in the place of what varies.
func asInstalled(output, dir string) string {
	for _, flags := range []string{" --state-dir state", " --var-file vars.hcl", " --state-dir " + dir + "/state", " --var-file " + dir + "/vars.hcl"} {
		output = strings.ReplaceAll(output, flags, "")
	}
	output = strings.NewReplacer(
		dir+"/redis/data", "/var/lib/redis", dir+"/redis/redis.conf", "/etc/redis/redis.conf", dir, "/srv",
	).Replace(output)
	return strings.NewReplacer(
		"127.0.0.1:PORT", "127.0.0.1:6379", "redis X.Y.Z", "redis 7.0.15", "RUN-ID--------------", "20261125-093009-8ba4",
		"RDB version N, N bytes, written TIME", "RDB version 10, 120 bytes, written 2026-11-25T09:30:09Z",
	).Replace(normal(output, "/nowhere"))
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
