package local

import (
	"context"
	"errors"
)

// A supervisor starts and stops a server: systemd, or redbook itself.
type supervisor interface {
	// launch tells how the server is started.
	launch(ctx context.Context) (launch, error)
	// status finds the main process; the zero mainProcess when there is none.
	status(ctx context.Context) (mainProcess, error)
	// start begins a start and returns; the attempt tells what becomes of it. A
	// server that is still being stopped is errStopping.
	start(ctx context.Context) (attempt, error)
	// stop returns when the main process is gone; no error when there is none.
	stop(ctx context.Context) error
}

// An attempt is a start under way.
type attempt interface {
	// check tells whether the supervisor has done its part. An error says that
	// the server has ended instead, or that its unit failed.
	check(ctx context.Context) (started bool, err error)
	// output is the end of what the server printed since the start began, and of
	// what the supervisor logged about it.
	output(ctx context.Context) string
	// close ends the watch. The server lives on if it came up; a unit that fails
	// again and again is ended for good.
	close(ctx context.Context, cameUp bool) error
}

// A launch is how a server is started.
type launch struct {
	command []string // program and arguments
	dir     string   // where it is started
	user    string   // "" when unknown
	group   string
}

var errUnsupervised = errors.New("the redis block has neither service nor process, so nothing can start or stop it; add one")

var errStopping = errors.New("it is still being stopped")

// unsupervised stands in where a redis block names only an address.
type unsupervised struct{}

func (unsupervised) launch(context.Context) (launch, error)      { return launch{}, nil }
func (unsupervised) status(context.Context) (mainProcess, error) { return mainProcess{}, nil }
func (unsupervised) start(context.Context) (attempt, error)      { return nil, errUnsupervised }
func (unsupervised) stop(context.Context) error                  { return errUnsupervised }
