package preview

import (
	"context"
	"fmt"

	"redbook/runbook/host"
)

// Start implements host.Instance. A server that would not come up, or not with
// the data meant, is a *host.StartError.
func (s *server) Start(ctx context.Context) error {
	st, err := s.Status(ctx)
	if err != nil {
		return err
	}
	if st.PID != 0 || st.Serving {
		return fmt.Errorf("start redis %q: it runs already", s.name)
	}
	set, err := s.configured(ctx)
	if err != nil {
		return fmt.Errorf("start redis %q: %w", s.name, err)
	}
	d, err := s.describeReal(ctx)
	if err != nil {
		return err
	}
	l := &load{server: s, picture: s.picture, description: d, set: set}
	data, err := l.dataset(ctx)
	if err != nil {
		return err
	}
	s.picture.seq++
	s.touched, s.running, s.started = true, true, s.picture.seq
	s.config, s.data, s.options, s.allowEmpty = &set, data, map[string]string{}, false
	return l.openAOF(ctx)
}

// A load decides what a server that starts now would load.
type load struct {
	server      *server
	picture     *Picture
	description host.Description
	set         settings
}

func (l *load) refuse(trap host.Trap, remedy, cause string, args ...any) error {
	return &host.StartError{Server: l.server.name, Trap: trap, Remedy: remedy, Cause: fmt.Sprintf(cause, args...)}
}

func (l *load) dataset(ctx context.Context) (dataset, error) {
	if err := l.checkAgreement(); err != nil {
		return dataset{}, err
	}
	if err := l.checkDir(); err != nil {
		return dataset{}, err
	}
	if l.set.config.Lookup("replicaof") != "" {
		l.picture.warn(host.TrapReplica, fmt.Sprintf("redis %q is a replica by its config: its primary's data will replace what it loads; restore the primary", l.server.name))
	}
	if l.set.appendOnly {
		return l.fromAOF(ctx)
	}
	return l.fromDump(ctx)
}

// checkAgreement finds an AOF that was switched at run time alone.
func (l *load) checkAgreement() error {
	was := l.server.stopped
	if was == nil || was.appendOnly == was.inConfig || was.appendOnly == l.set.appendOnly {
		return nil
	}
	return l.refuse(host.TrapConfigDisagrees,
		fmt.Sprintf("Set appendonly to %s in %s before the start.", yesNo(was.appendOnly), l.description.Config),
		"it ran with appendonly %s, but its config file says %s, and a start goes by the file",
		yesNo(was.appendOnly), yesNo(l.set.appendOnly))
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func (l *load) checkDir() error {
	info, err := l.picture.Stat(l.set.dir)
	switch {
	case missing(err):
		return l.refuse(host.TrapNone, "Set dir in "+l.description.Config+" to the directory that holds the data.", "its data directory %s is not there", l.set.dir)
	case err != nil:
		return err
	case info.Kind != host.KindDirectory && info.Kind != host.KindSymlink:
		return l.refuse(host.TrapNone, "Set dir in "+l.description.Config+" to the directory that holds the data.", "its data directory %s is a %s", l.set.dir, info.Kind)
	}
	return l.checkAccess(l.set.dir, maySearch)
}
