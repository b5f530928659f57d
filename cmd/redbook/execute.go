package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"redbook/runbook"
)

// execute runs, resumes or rolls back under a view, with Ctrl-C understood.
func (w *world) execute(ctx context.Context, asJSON bool, do func(context.Context, *runbook.Engine) (*runbook.Outcome, error)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := make(chan struct{})
	defer w.onInterrupt(func() { close(stop) }, cancel)()
	v := w.view(asJSON)
	e, err := w.engine(v.event, stop)
	if err != nil {
		return err
	}
	o, err := do(ctx, e)
	if err != nil {
		return &machineError{err}
	}
	v.outcome(o)
	if code := outcomeExit(o); code != exitDone {
		return exitError(code)
	}
	return nil
}

// onInterrupt calls first at the first SIGINT or SIGTERM and second at the
// second. What it returns ends the watch.
func (w *world) onInterrupt(first, second func()) (end func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			case <-signals:
			}
			switch n {
			case 0:
				fmt.Fprintln(w.stderr, "\nInterrupted: ending the change in hand, then stopping. Once more stops now.")
				first()
			case 1:
				second()
			}
		}
	}()
	return func() { signal.Stop(signals); close(done) }
}
