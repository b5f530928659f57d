package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// A usageError says what is wrong with the command line.
type usageError struct{ command, problem string }

func (e *usageError) Error() string { return e.problem }

// operands demands at least and at most so many arguments besides the flags;
// most < 0 sets no bound. what names them.
func operands(least, most int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) >= least && (most < 0 || len(args) <= most) {
			return nil
		}
		problem := fmt.Sprintf("it takes %s, and %d were given", what, len(args))
		switch {
		case most == 0:
			problem = fmt.Sprintf("it takes no arguments, and %q was given", args[0])
		case len(args) == 0:
			problem = strings.TrimPrefix(what, "one ") + " is missing"
		}
		return &usageError{c.CommandPath(), problem}
	}
}

func unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	problem := fmt.Sprintf("there is no command %q", args[0])
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		problem += "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return &usageError{c.CommandPath(), problem}
}
