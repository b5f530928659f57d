package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"redbook/runbook"
)

const (
	defaultWidth = 80
	maxWidth     = 100 // longer lines are hard to read
)

// width is the terminal's, or 80 columns for what is no terminal.
func width(out io.Writer) int {
	f, ok := out.(*os.File)
	if !ok {
		return defaultWidth
	}
	w, _, err := term.GetSize(int(f.Fd()))
	if err != nil || w < 40 {
		return defaultWidth
	}
	return w
}

func isTerminal(out any) bool {
	f, ok := out.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func (w *world) color(out io.Writer) bool { return isTerminal(out) && w.getenv("NO_COLOR") == "" }

func (w *world) writeDiagnostics(e *runbook.DiagnosticsError) {
	_ = runbook.WriteDiagnostics(w.stderr, e.Files, e.Diagnostics, width(w.stderr), w.color(w.stderr))
}

// confirm asks a question that only "yes" answers. Without a terminal nobody
// can answer, so it is an error that names the flag.
func (w *world) confirm(question string) error {
	if !isTerminal(w.stdin) {
		return errors.New("there is no terminal to ask on; read the plan, then add --yes")
	}
	fmt.Fprintf(w.stderr, "%s Only yes goes on: ", question)
	answer, err := bufio.NewReader(w.stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the answer: %w", err)
	}
	if strings.TrimSpace(answer) != "yes" {
		return errors.New("not confirmed; nothing was touched")
	}
	return nil
}
