package local

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Start implements host.Instance. A server that runs already is awaited.
func (s *server) Start(ctx context.Context) error {
	log := s.markLog(ctx)
	a, err := s.supervisor.start(ctx)
	if errors.Is(err, errStopping) {
		if err := s.Stop(ctx); err != nil {
			return err
		}
		a, err = s.supervisor.start(ctx)
	}
	if err != nil {
		return s.wrap("start", err)
	}
	started, err := s.awaitServing(ctx, a, log)
	// What ctx still allows does not matter here: a unit that loops must be ended.
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpTime)
	defer cancel()
	switch {
	case err == nil:
	case !started && ctx.Err() == nil:
		err = s.startError(end, err, a.output(end), log)
	default:
		err = s.wrap("start", s.withLog(err, log))
	}
	return errors.Join(err, s.wrap("end the start of", a.close(end, err == nil)))
}

// awaitServing asks the supervisor whether the server lives and the server
// whether it serves, until both say yes. started tells, beside an error, that the
// server came up and the error is about reaching it.
func (s *server) awaitServing(ctx context.Context, a attempt, log *serverLog) (started bool, err error) {
	cluster := false
	err = poll(ctx, func() (bool, error) {
		done, err := a.check(ctx)
		if err != nil {
			return false, err
		}
		p, err := s.probe(ctx)
		if err != nil {
			started = ctx.Err() == nil
			return false, err
		}
		if p.serving && done {
			cluster = p.cluster
			return s.answersItself(ctx, p)
		}
		return false, s.checkLastWords(ctx, p, log)
	})
	if err == nil && cluster {
		started, err = true, s.awaitCluster(ctx)
	}
	return started, err
}

// checkLastWords tells by the log that the server has ended, where the supervisor
// does not: for a unit with Type=forking systemd waits for a pid file, whether or
// not there is still somebody to write it.
func (s *server) checkLastWords(ctx context.Context, p probe, log *serverLog) error {
	if p.loading || p.serving || !lastWordsPattern.MatchString(log.text()) {
		return nil
	}
	main, err := s.supervisor.status(ctx)
	if err != nil || main.pid != 0 {
		return err
	}
	return errors.New("the server ended")
}

// lastWordsPattern is how the last line ends of a server that gives up.
var lastWordsPattern = regexp.MustCompile(`(?i)(exiting|aborting|aborting now)\W*$`)

// answersItself tells whether who answers is the process that was started. Where
// the address was taken by another server, that one would answer while ours is
// about to give up.
func (s *server) answersItself(ctx context.Context, p probe) (bool, error) {
	if p.pid == 0 {
		return true, nil // it does not tell (ACL)
	}
	main, err := s.supervisor.status(ctx)
	if err != nil {
		return false, err
	}
	return main.pid == p.pid || s.config.Service != "" && main.isOther(), nil
}

// Stop implements host.Instance. A server that refuses to stop, because it could
// not save, is told from one that takes its time by its log.
func (s *server) Stop(ctx context.Context) error {
	log := s.markLog(ctx)
	stopping, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch, unwatch := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		if err := log.awaitRefusal(watch); err != nil {
			cancel(err)
		}
	}()
	err := s.supervisor.stop(stopping)
	unwatch()
	<-watched
	if err != nil && ctx.Err() == nil && stopping.Err() != nil {
		err = context.Cause(stopping) // not every call tells the cause of its end
	}
	if err != nil {
		err = s.withLog(err, log)
	}
	return s.wrap("stop", err)
}

// awaitRefusal returns an error when the server logs that it will not stop, and
// nil when ctx ends.
func (l *serverLog) awaitRefusal(ctx context.Context) error {
	for sleep(ctx, 100*time.Millisecond) == nil {
		switch text := l.text(); {
		case strings.Contains(text, "Writing initial AOF"):
			return errors.New("the server refuses to stop while it writes its initial AOF: wait for aof_rewrite_in_progress:0, then stop it again")
		case refusesToStop.MatchString(text):
			return errors.New("the server refuses to stop, since it could not save: make room, or mend owner and mode of dir, then stop it again")
		}
	}
	return nil
}

// startError explains why a server did not come up, by what it logged.
func (s *server) startError(ctx context.Context, err error, output string, log *serverLog) error {
	logged := log.text()
	e := explainStart(output+"\n"+logged+"\n"+err.Error(), s.startFacts(ctx))
	e.Server = s.config.Name
	e.Log = append(lastLines(output, logLines), lastLines(logged, logLines)...)
	if e.Cause == "" {
		e.Cause = err.Error()
		e.Remedy = "read the log lines below; after mending the cause start the server again"
	} else {
		e.Cause += " (" + err.Error() + ")"
	}
	return e
}

// withLog adds what the server logged meanwhile.
func (s *server) withLog(err error, log *serverLog) error {
	text := ""
	for _, l := range log.lines() {
		text += "\n  | " + l
	}
	if text == "" {
		return err
	}
	return fmt.Errorf("%w\nthe server's log:%s", err, text)
}
