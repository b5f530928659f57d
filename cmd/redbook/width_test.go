package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"redbook/steps"
)

// tooLong finds a line that is wider than 80 columns, "" when there is none. A
// line may be when it cannot be broken: it is one word behind a mark, a command
// to copy, a value, a line of JSON, of a unit or of a script for a shell.
func tooLong(text string) string {
	if strings.HasPrefix(text, "{\n") || strings.HasPrefix(text, "[\n") || strings.HasPrefix(text, "# bash completion") {
		return ""
	}
	if strings.HasSuffix(text, "\nNothing was written.\n") { // files as systemd and cron want them
		return ""
	}
	text, _, _ = strings.Cut(text, "\nExample\n") // a runbook as its author broke it
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if utf8.RuneCountInString(line) <= 80 || strings.HasPrefix(line, "{") {
			continue
		}
		isValue := strings.HasPrefix(line, "  ") && strings.Contains(line, " = ")
		unbreakable := strings.HasPrefix(line, "  redbook ") || strings.HasPrefix(line, "  mv ") || isValue
		words := strings.Fields(strings.Trim(line, " ~+!.?|'"))
		if !unbreakable && len(words) > 1 && !quotedPath(line) {
			return line
		}
	}
	return ""
}

// quotedPath tells whether all of a line is one path in quotes.
func quotedPath(line string) bool {
	line = strings.TrimSpace(line)
	return strings.HasPrefix(line, "'/") && strings.HasSuffix(line, "'") && strings.Count(line, "'") == 2
}

func TestHelpFits(t *testing.T) {
	var all func(c *cobra.Command) []*cobra.Command
	all = func(c *cobra.Command) (list []*cobra.Command) {
		list = append(list, c)
		for _, sub := range c.Commands() {
			list = append(list, all(sub)...)
		}
		return list
	}
	for _, c := range all(newRoot(&world{getenv: os.Getenv, environ: os.Environ})) {
		var help bytes.Buffer
		c.SetOut(&help)
		if err := c.Help(); err != nil {
			t.Fatal(err)
		}
		if long := tooLong(help.String()); long != "" {
			t.Errorf("%s --help has a line wider than 80 columns:\n%s", c.CommandPath(), long)
		}
	}
}

func TestKindsFit(t *testing.T) {
	kinds := steps.All()
	for _, name := range kinds.Names() {
		var out bytes.Buffer
		k, _ := kinds.Lookup(name)
		newTextView(&out, false).kind(k)
		if long := tooLong(out.String()); long != "" {
			t.Errorf("redbook steps %s has a line wider than 80 columns:\n%s", name, long)
		}
	}
}
