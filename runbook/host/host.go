// Package host says what a machine is to a step and to an effect: files,
// services and Redis servers, free to read through a Reader and changed only
// through a Machine. It holds contracts and plain data; how a real machine
// (host/local) or a picture of one (host/preview) keeps them is not its matter,
// and it knows nothing of runbooks, effects or journals.
package host

import (
	"context"
	"errors"
	"time"
)

// ErrUnknown is wrapped by every answer that only the run can give: the
// content of a dump that a planned save will write, say. Only a picture
// returns it. It is not a failure: a plan shows the fact as decided in the run.
var ErrUnknown = errors.New("known only in the run")

// ErrDown is wrapped by every question to a Redis server that does not serve.
var ErrDown = errors.New("redis does not answer")

// A Reader is a machine that can be looked at. Nothing it offers changes
// anything; a picture answers from its pending changes first.
type Reader interface {
	Files
	DumpReader
	// Server returns the Redis server of the redis block name.
	Server(name string) (Server, error)
	// RemoteFiles returns the files of another machine. It connects to nothing yet.
	RemoteFiles(p Peer) (RemoteFiles, error)
	// Account resolves a user and a group, names or decimal ids; "" keeps -1.
	Account(user, group string) (uid, gid int, err error)
	// Now is the machine's clock; in a picture it is the time of the plan.
	Now() time.Time
	// Sleep waits. Time does not pass in a picture: there it is ErrUnknown.
	Sleep(ctx context.Context, d time.Duration) error
}

// A Machine is a machine that can be changed. Only effects hold one.
type Machine interface {
	Reader
	FileChanger
	// Instance returns the Redis server of the redis block name, changeable.
	Instance(name string) (Instance, error)
	// Remote returns another machine with files that can be changed.
	Remote(p Peer) (Remote, error)
	// Exec runs a command without a shell and waits for it. A command that
	// ends non-zero is an error that holds the last lines of its stderr.
	Exec(ctx context.Context, c Command) (Output, error)
}

// A Command is a program and its arguments, never a shell line.
type Command struct {
	Args []string `json:"args"`
	Dir  string   `json:"dir,omitempty"`
}

// An Output is what a Command printed, each stream cut at 64 KiB.
type Output struct {
	Ran            bool // false in a picture, where nothing runs
	Stdout, Stderr string
}
