package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"redbook/runbook/effect"
)

// A textView writes for a terminal: never wider than it, paths excepted, which
// are not broken so that they can be copied.
type textView struct {
	out   io.Writer
	color bool
	width int
}

func newTextView(out io.Writer, color bool) *textView {
	return &textView{out: out, color: color, width: min(width(out), 100)}
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
	room := max(t.width-utf8.RuneCountInString(prefix), 20)
	for paragraph := range strings.SplitSeq(printable(text), "\n") {
		for _, l := range wrap(paragraph, room) {
			t.line("%s", strings.TrimRight(prefix+l, " "))
			prefix = strings.Repeat(" ", utf8.RuneCountInString(prefix))
		}
	}
}

// wrap breaks a line at spaces; a word longer than room stands alone.
func wrap(line string, room int) []string {
	indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
	var lines []string
	now := indent
	for _, word := range strings.Fields(line) {
		switch {
		case now == indent:
			now += word
		case utf8.RuneCountInString(now)+1+utf8.RuneCountInString(word) > room:
			lines = append(lines, now)
			now = indent + word
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
	mark := "  " + classMarks[c.Class] + " "
	t.wrapped(mark, c.Action+" "+c.Target+" "+c.Detail)
	for l := range strings.Lines(c.Diff) {
		t.line("      %s", printable(strings.TrimRight(l, "\n")))
	}
}
