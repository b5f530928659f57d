package effect

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"redbook/runbook/host"
)

// Exec runs a command. Only the command's author knows how to take it back:
// without UndoArgs it is irreversible.
type Exec struct {
	Args     []string     `json:"args"`
	Dir      string       `json:"dir,omitempty"`
	UndoArgs []string     `json:"undo_args,omitempty"`
	output   *host.Output // of Do, for the step
}

func (*Exec) Kind() string { return "exec" }

func (e *Exec) Change() Change {
	c := Change{Action: "exec", Target: quoteArgs(e.Args), Class: Irreversible}
	if len(e.UndoArgs) > 0 {
		c.Class = Reversible
		c.Detail = "undo: " + quoteArgs(e.UndoArgs)
	}
	return c
}

func (e *Exec) Prepare(context.Context, host.Reader) error { return nil }

func (e *Exec) Do(ctx context.Context, m host.Machine) error {
	out, err := m.Exec(ctx, host.Command{Args: e.Args, Dir: e.Dir})
	if err != nil {
		return err
	}
	e.output = &out
	return nil
}

// Output is what the command printed; nil before Do.
func (e *Exec) Output() *host.Output { return e.output }

func (e *Exec) Undo(ctx context.Context, m host.Machine, _ Undo) ([]string, error) {
	if len(e.UndoArgs) == 0 {
		return nil, errors.New("its step names no undo command, so what the command did stays; take that back by hand if it must be, then settle it")
	}
	if _, err := m.Exec(ctx, host.Command{Args: e.UndoArgs, Dir: e.Dir}); err != nil {
		return nil, fmt.Errorf("undo exec: %w", err)
	}
	return nil, nil
}

func quoteArgs(args []string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = a
		if a == "" || strings.ContainsAny(a, " \t\n\"'\\$*?") {
			quoted[i] = fmt.Sprintf("%q", a)
		}
	}
	return strings.Join(quoted, " ")
}
