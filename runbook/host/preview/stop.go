package preview

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"redbook/runbook/host"
)

// Stop implements host.Instance. A server with save points writes its dump as
// it ends. Stopping one that is down is nothing.
func (s *server) Stop(ctx context.Context) error {
	st, err := s.Status(ctx)
	if err != nil {
		return err
	}
	if st.PID == 0 && !st.Serving {
		s.touched, s.running = s.touched || st.Restarting, false
		return nil
	}
	if !st.Serving {
		return fmt.Errorf("stop redis %q: it runs and does not serve yet (loading: %t); wait until it does", s.name, st.Loading)
	}
	set, err := s.settings(ctx)
	if err != nil {
		return fmt.Errorf("stop redis %q: %w", s.name, err)
	}
	if err := s.refuseMovedAOF(set); err != nil {
		return err
	}
	if err := s.refuseDroppedTransactions(ctx, set); err != nil {
		return err
	}
	was, err := s.beforeStop(ctx, set)
	if err != nil {
		return fmt.Errorf("stop redis %q: %w", s.name, err)
	}
	if err := s.lastSave(ctx, set); err != nil {
		return err
	}
	if set.appendOnly {
		s.closeAOF(set)
	}
	s.touched, s.running, s.stopped = true, false, was
	s.options = map[string]string{}
	return nil
}

func (s *server) beforeStop(ctx context.Context, set settings) (*stopped, error) {
	was := &stopped{appendOnly: set.appendOnly, inConfig: set.appendOnly}
	if conf, err := s.configured(ctx); err == nil {
		was.inConfig = conf.appendOnly
	} else if s.base.Config != "" {
		return nil, err
	}
	switch s.data.kind {
	case dataLive:
		info, err := s.real.Info(ctx)
		if err != nil {
			return nil, err
		}
		for name := range info {
			if n, isDB := strings.CutPrefix(name, "db"); isDB {
				_, err := strconv.Atoi(n)
				was.hadKeys = was.hadKeys || err == nil
			}
		}
	case dataFile, dataUnknown:
		was.hadKeys = true
	}
	return was, nil
}

// refuseMovedAOF refuses to stop a server that would not find at its next start, a
// roll-back's too, the AOF that it writes.
func (s *server) refuseMovedAOF(set settings) error {
	if !set.appendOnly {
		return nil
	}
	f, err := s.picture.find("load", set.aof)
	var cause string
	switch {
	case missing(err) && s.picture.exists(filepath.Dir(set.aof)):
		cause = "is not at " + set.aof
	case err == nil && f.placed.planned() && !f.placed.byServer && f.placed.seq > s.started:
		cause = fmt.Sprintf("is not what is at %s (%s)", set.aof, f.placed.by())
	default:
		return nil
	}
	return &host.StopError{
		Server: s.name, Trap: host.TrapSwapWhileRunning,
		Cause:  "the AOF that it writes " + cause + ", and it would not find it at its next start",
		Remedy: "Stop the server before its AOF is moved, or have it write a new one before the stop (bgrewriteaof).",
	}
}

// lastSave is what becomes of the dump at a stop.
func (s *server) lastSave(ctx context.Context, set settings) error {
	f, err := s.picture.find("save", set.dump)
	if err != nil && !missing(err) {
		return err
	}
	there := err == nil
	if set.save == "" {
		return s.warnOfOldDump(ctx, set, f, there)
	}
	if there && f.placed.planned() && f.placed.seq > s.started {
		return &host.StopError{
			Server: s.name, Trap: host.TrapSwapWhileRunning,
			Cause:  fmt.Sprintf("as it stops it writes its memory over %s (%s)", set.dump, f.placed.by()),
			Remedy: "Stop the server before the dump is put in its place.",
		}
	}
	return s.writeDump(ctx, set, "the dump that redis "+s.name+" writes as it stops")
}

// warnOfOldDump speaks up when the dump on disk lacks what the server holds.
func (s *server) warnOfOldDump(ctx context.Context, set settings, f found, there bool) error {
	if there && f.content.snapshot != nil || s.data.kind == dataEmpty {
		return nil
	}
	if there && s.data.kind == dataFile && f.content.identity() == s.data.file.identity() {
		return nil
	}
	unsaved := "what changed since"
	if s.data.kind == dataLive {
		info, err := s.real.Info(ctx)
		if err != nil {
			return err
		}
		n := info["rdb_changes_since_last_save"]
		if n == "0" && there {
			return nil
		}
		unsaved = "the last " + n + " changes"
	}
	text := fmt.Sprintf("redis %q has no save points: stopping it writes no dump, and %s lacks %s", s.name, set.dump, unsaved)
	if set.appendOnly {
		text += "; the AOF at " + set.aof + " has them, and is what a way back needs"
	} else {
		text += "; save first"
	}
	s.picture.warn(host.TrapOldDump, text)
	return nil
}
