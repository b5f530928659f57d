// Command redbook runs Redis runbooks: it shows what one would do, does it with
// every change written down first, goes on after a crash and takes runs back.
package main

import (
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// gcPercent keeps the plan of 10,000 steps below 100 MB; it costs next to no time.
const gcPercent = 75

func main() {
	// A terminal or a reader of our output that goes away must not end a run half
	// way: writes to it fail, and what they would have said stands in the journal.
	// SIGPIPE is caught, not ignored, since a command that a step runs would
	// inherit that it is ignored; that it ignores SIGHUP is meant.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	signal.Ignore(syscall.SIGHUP)
	debug.SetGCPercent(gcPercent)
	os.Exit(run(os.Args[1:], &world{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, environ: os.Environ,
	}))
}
