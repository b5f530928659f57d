package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"redbook/runbook/host"
)

// A replyError is an error reply of the server, or a failure to get any reply,
// together with what to do. It never holds a password: a reply has none.
type replyError struct {
	err    error
	remedy string
	down   bool // the server does not serve
}

func (e *replyError) Error() string { return strings.TrimRight(e.err.Error(), ".") + "; " + e.remedy }

func (e *replyError) Unwrap() []error {
	if e.down {
		return []error{host.ErrDown, e.err}
	}
	return []error{e.err}
}

// A noReplyError is that of a command that got none: the connection could not be made, or was lost.
type noReplyError struct{ err error }

func (e *noReplyError) Error() string { return e.err.Error() }

func (e *noReplyError) Unwrap() error { return e.err }

// remedies say what to do about an error reply, by the word it starts with.
var remedies = []struct {
	prefix, remedy string
	down           bool
}{
	{"NOAUTH", "the server wants a password: set password (and username, for an ACL user) in the redis block", false},
	{"WRONGPASS", "the server refuses the password: check username and password in the redis block against requirepass or the ACL", false},
	{"LOADING", "the server still loads its data: wait until it has", true},
	{"MISCONF", "the server cannot write its dump and refuses writes: look into its log, make room or mend dir's owner and mode", false},
	{"MASTERDOWN", "the server is a replica that lost its primary: mend the link, or REPLICAOF NO ONE", true},
	{"BUSY", "a script runs without end: SCRIPT KILL, then again", true},
	{"READONLY", "the server is a replica: name its primary in the redis block", false},
	{"DENIED", "protected-mode refuses connections from afar: connect by the loopback address or set a password on the server", false},
	{"ERR max number of clients reached", "raise maxclients, or close connections", true},
}

// explainReply turns what a session ends with into an error for a person: what is
// wrong and what to do. The end of ctx comes before all others; an error that is
// neither a reply nor the lack of one speaks for itself.
func (s *server) explainReply(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, redis.Nil) {
		return err
	}
	var explained *replyError
	if errors.As(err, &explained) {
		return err
	}
	var reply redis.Error
	if errors.As(err, &reply) {
		return explainErrorReply(err, reply)
	}
	awaitExpiry(ctx)
	if cause := context.Cause(ctx); cause != nil {
		return fmt.Errorf("%w: no reply came: %w", host.ErrDown, cause)
	}
	var silent *noReplyError
	if errors.As(err, &silent) {
		return s.explainSilence(err)
	}
	return err
}

// awaitExpiry lets ctx end when its deadline has passed: a connection has the same
// deadline, and may notice it a moment earlier.
func awaitExpiry(ctx context.Context) {
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		<-ctx.Done()
	}
}

func explainErrorReply(err error, reply redis.Error) error {
	for _, r := range remedies {
		if strings.HasPrefix(reply.Error(), r.prefix) {
			return &replyError{err: err, remedy: r.remedy, down: r.down}
		}
	}
	return err
}

// explainSilence says what to do where no reply came.
func (s *server) explainSilence(err error) error {
	var handshake *tlsError
	switch {
	case errors.As(err, &handshake) && !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET):
		return &replyError{err: err, remedy: "check tls in the redis block (ca, cert, key, server_name) and that the port is the server's tls-port"}
	case errors.Is(err, fs.ErrPermission):
		return &replyError{err: err, remedy: "this user may not open the socket: run redbook as root or as a member of the socket's group"}
	case s.config.TLS == nil:
		return &replyError{err: err, down: true, remedy: "start the server, or check address in the redis block (a TLS port needs a tls block)"}
	}
	return &replyError{err: err, down: true, remedy: "start the server, or check address and tls (it may want cert and key) in the redis block"}
}

// forbidden tells whether an error means that the command is renamed away or
// not allowed to this user.
func forbidden(err error) bool {
	var reply redis.Error
	if !errors.As(err, &reply) {
		return false
	}
	text := strings.ToLower(reply.Error())
	return refusedTo(err) || strings.HasPrefix(text, "err unknown command") || strings.Contains(text, "unsupported command")
}

// refusedTo tells whether an error means that this user may not.
func refusedTo(err error) bool {
	var reply redis.Error
	return errors.As(err, &reply) && strings.HasPrefix(reply.Error(), "NOPERM")
}
