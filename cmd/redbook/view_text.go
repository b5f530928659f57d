package main

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"redbook/runbook/effect"
)

// A textView writes for a terminal: never wider than it, except for what is
// there to be copied and so is never broken: paths, commands, lines of a config.
type textView struct {
	out   io.Writer
	color bool
	width int
}

func newTextView(out io.Writer, color bool) *textView {
	return &textView{out: out, color: color, width: min(width(out), maxWidth)}
}

// line prints one line. An error to write is ignored: the journal has it all.
func (t *textView) line(format string, args ...any) {
	fmt.Fprintf(t.out, format+"\n", args...)
}

func (t *textView) paint(code, s string) string {
	if !t.color {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (t *textView) bold(s string) string { return t.paint("1", s) }
func (t *textView) dim(s string) string  { return t.paint("2", s) }
func (t *textView) red(s string) string  { return t.paint("31", s) }

// wrapped prints text behind a prefix, broken at spaces and indented below the
// prefix. Line breaks of the text are kept.
func (t *textView) wrapped(prefix, text string) {
	for paragraph := range strings.SplitSeq(printable(text), "\n") {
		words := strings.Fields(paragraph)
		indent := paragraph[:len(paragraph)-len(strings.TrimLeft(paragraph, " "))]
		prefix = t.words(prefix+indent, words)
		prefix = prefix[:len(prefix)-len(indent)]
	}
}

// words prints words behind a prefix and returns the prefix of a next line: as
// many spaces as the prefix has columns.
func (t *textView) words(prefix string, words []string) (next string) {
	columns := columnsOf(prefix)
	for _, l := range wrap(words, max(t.width-columns, 20)) {
		t.line("%s", strings.TrimRight(prefix+l, " "))
		prefix = strings.Repeat(" ", columns)
	}
	return prefix
}

var escapes = regexp.MustCompile("\x1b\\[[0-9;]*m")

// columnsOf is how many columns a text takes; colours take none.
func columnsOf(s string) int { return utf8.RuneCountInString(escapes.ReplaceAllString(s, "")) }

// wrap joins words to lines; a word longer than room stands alone.
func wrap(words []string, room int) []string {
	var lines []string
	now := ""
	for _, word := range words {
		switch {
		case now == "":
			now = word
		case utf8.RuneCountInString(now)+1+utf8.RuneCountInString(word) > room:
			lines = append(lines, now)
			now = word
		default:
			now += " " + word
		}
	}
	return append(lines, now)
}

// printable replaces control characters, so that no file name or value can
// move the cursor of the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && (r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0) {
			return '\uFFFD'
		}
		return r
	}, s)
}

// The mark before a change says what taking it back means.
var classMarks = map[effect.Class]string{
	effect.Reversible:   "~",
	effect.Additive:     "+",
	effect.Irreversible: "!",
}

func (t *textView) change(c effect.Change) {
	t.words("  "+classMarks[c.Class]+" ", changeWords(c))
	for l := range strings.Lines(c.Diff) {
		t.line("      %s", printable(strings.TrimRight(l, "\n")))
	}
}

// changeWords are the words of a change. A path is one word, whatever is in it,
// quoted as a shell would need it.
func changeWords(c effect.Change) []string {
	words := []string{c.Action}
	if strings.HasPrefix(c.Target, "/") && c.Action != "exec" {
		words = append(words, pathWord(c.Target))
	} else {
		words = append(words, strings.Fields(printable(c.Target))...)
	}
	to, isPath := strings.CutPrefix(c.Detail, "to ")
	if isPath && (c.Action == "rename" || c.Action == "copy") {
		return append(words, "to", pathWord(to))
	}
	detail := printable(c.Detail)
	if c.Action == "exec" && detail != "" {
		detail = "(" + detail + ")"
	}
	return append(words, strings.Fields(detail)...)
}

func pathWord(path string) string {
	if strings.ContainsAny(path, " \t\n'\"\\") {
		path = shellQuote(path)
	}
	return strings.ReplaceAll(printable(path), "\n", "\uFFFD")
}
