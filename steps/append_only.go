package steps

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"redbook/runbook"
	"redbook/runbook/effect"
	"redbook/runbook/host"
)

// setAppendOnly makes the running server and its config file agree about the
// append-only file. The server comes first: a file that says yes while the
// server has written none would make the next start an empty one.
func setAppendOnly(ctx context.Context, h runbook.Host, value string) error {
	s, d, err := description(ctx, h)
	if err != nil {
		return err
	}
	if d.Config == "" {
		return fmt.Errorf("redis.%s runs without a config file, so its next start would not know; give the redis block a config", h.Redis())
	}
	changed, err := setRunning(ctx, h, s, d, value)
	if err != nil {
		return err
	}
	conf, err := effect.LoadConfig(h, d.Config)
	if err != nil {
		return err
	}
	if conf.Lookup("appendonly") != value {
		changed = true
		if err := h.Apply(ctx, &effect.EditConfig{Config: d.Config, Name: "appendonly", Value: value}); err != nil {
			return err
		}
	}
	if !changed {
		h.Note("appendonly is %s already, in the server and in %s", value, d.Config)
	}
	return nil
}

// setRunning sets appendonly in a server that serves.
func setRunning(ctx context.Context, h runbook.Host, s host.Server, d host.Description, value string) (changed bool, err error) {
	now, err := s.Option(ctx, "appendonly")
	switch {
	case errors.Is(err, host.ErrDown):
		return false, nil
	case err != nil:
		return false, err
	case now == value:
		return false, nil
	}
	if value == "yes" {
		if err := refuseOldAOF(h, d.AOFPath); err != nil {
			return false, err
		}
	}
	return true, h.Apply(ctx, &effect.SetOption{Redis: h.Redis(), Name: "appendonly", Value: value})
}

// refuseOldAOF keeps the server from unlinking an old AOF, which it would take
// for its own history as soon as the first rewrite ends.
func refuseOldAOF(h runbook.Host, path string) error {
	_, err := h.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return &runbook.CheckError{
		Problem: fmt.Sprintf("an old AOF stands at %s; switching AOF on would make the server delete it", path),
		Remedy:  "rename it in an earlier step",
	}
}
