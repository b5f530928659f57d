package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"
)

// permissions inspects what every command of a session comes to. Of NOPERM it tells which command was refused and the
// rule that allows it: before 7.0 the server itself does not name the subcommand. That no reply came it marks, so that
// a session's own errors are not taken for it.
type permissions struct{ user string }

func (s *server) permissions() permissions {
	return permissions{user: cmp.Or(s.config.Username, "default")}
}

func (p permissions) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		return next(ctx, network, address)
	}
}

func (p permissions) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		if told := p.explain(commandName(cmd.Args()), err); told != nil {
			cmd.SetErr(told)
			return told
		}
		return err
	}
}

func (p permissions) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := next(ctx, cmds)
		first := true
		for _, cmd := range cmds {
			told := p.explain(commandName(cmd.Args()), cmd.Err())
			if told != nil {
				cmd.SetErr(told)
			}
			if cmd.Err() != nil && first {
				first = false
				if told != nil {
					err = told
				}
			}
		}
		return err
	}
}

// explain returns nil for a reply that is no refusal, and for what is explained already.
func (p permissions) explain(command string, err error) error {
	var explained *replyError
	var silent *noReplyError
	var reply redis.Error
	switch {
	case err == nil, errors.As(err, &explained), errors.As(err, &silent):
		return nil
	case refusedTo(err):
		return &replyError{err: err, remedy: p.remedy(command, err.Error())}
	case errors.As(err, &reply):
		return nil
	}
	return &noReplyError{err}
}

// remedy names the missing rule.
func (p permissions) remedy(command, reply string) string {
	rule := "+" + command
	switch text := strings.ToLower(reply); {
	case strings.Contains(text, "channel"):
		rule = "&*"
	case strings.Contains(text, "key"):
		rule = "~*"
	}
	return fmt.Sprintf("%s was refused: allow it with ACL SETUSER %s %s (docs/acl.md has the whole rule of each runbook), "+
		"or name another username in the redis block", strings.ToUpper(strings.ReplaceAll(command, "|", " ")), p.user, rule)
}

// containers are the commands whose first argument is a command of its own to the ACL.
var containers = []string{"acl", "client", "command", "config", "function", "module", "pubsub", "xinfo"}

// commandName is a command as an ACL rule names it, such as config|get.
func commandName(args []any) string {
	if len(args) == 0 {
		return ""
	}
	name := strings.ToLower(fmt.Sprint(args[0]))
	for _, c := range containers {
		if name == c && len(args) > 1 {
			return name + "|" + strings.ToLower(fmt.Sprint(args[1]))
		}
	}
	return name
}
