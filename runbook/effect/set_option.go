package effect

import (
	"context"
	"errors"
	"fmt"

	"redbook/runbook/host"
)

// SetOption sets one option of a running server, as CONFIG SET does.
type SetOption struct {
	Redis  string     `json:"redis"`
	Name   string     `json:"name"`
	Value  string     `json:"value"`
	Before *OldOption `json:"before,omitempty"`
}

// OldOption is what SetOption found.
type OldOption struct {
	Value  string `json:"value"`
	NewAOF string `json:"new_aof,omitempty"` // where appendonly yes writes an AOF anew
	RunID  string `json:"run_id,omitempty"`  // of the server that had the AOF on; another after each start
}

func (*SetOption) Kind() string { return "set-option" }

func (e *SetOption) Change() Change {
	value := e.Value
	if value == "" {
		value = `""`
	}
	return Change{Action: "set", Target: "redis." + e.Redis, Detail: e.Name + " " + value, Class: Reversible}
}

func (e *SetOption) Prepare(ctx context.Context, r host.Reader) error {
	s, err := r.Server(e.Redis)
	if err != nil {
		return err
	}
	v, err := s.Option(ctx, e.Name)
	if err != nil {
		return fmt.Errorf("set %s of redis.%s: %w", e.Name, e.Redis, err)
	}
	e.Before = &OldOption{Value: v}
	switch {
	case e.Name != "appendonly":
	case e.Value == "yes":
		e.Before.NewAOF, err = newAOF(ctx, r, e.Redis)
	case v == "yes":
		var info map[string]string
		info, err = s.Info(ctx)
		e.Before.RunID = info["run_id"]
	}
	return err
}

func (e *SetOption) Do(ctx context.Context, m host.Machine) error {
	i, err := m.Instance(e.Redis)
	if err != nil {
		return err
	}
	return i.SetOption(ctx, e.Name, e.Value)
}

func (e *SetOption) Undo(ctx context.Context, m host.Machine, u Undo) ([]string, error) {
	note, err := e.reset(ctx, m, u)
	if err != nil {
		return nil, fmt.Errorf("undo set %s: %w", e.Name, err)
	}
	if note != "" {
		return []string{note}, nil
	}
	return setAsideNewAOF(ctx, m, e.Before.NewAOF, u)
}

// reset sets the option back. That of a stopped server needs nothing: it reads
// its config at start. One that somebody else changed stays, which is noted.
func (e *SetOption) reset(ctx context.Context, m host.Machine, u Undo) (note string, err error) {
	i, err := m.Instance(e.Redis)
	if err != nil {
		return "", err
	}
	now, err := i.Option(ctx, e.Name)
	switch {
	case errors.Is(err, host.ErrDown):
		return "", nil
	case err != nil:
		return "", err
	case now == e.Before.Value:
		return "", nil
	case now != e.Value:
		return fmt.Sprintf("%s of redis.%s was changed after the run; it stays %q", e.Name, e.Redis, now), nil
	}
	if note, err = e.keepOldAOF(ctx, m, i, u); err != nil {
		return "", err
	}
	return note, i.SetOption(ctx, e.Name, e.Before.Value)
}

// keepOldAOF saves the AOF that stands where one is to be written again. A server that
// was started since holds what its dump gave, and would replace the AOF by that.
func (e *SetOption) keepOldAOF(ctx context.Context, m host.Machine, i host.Instance, u Undo) (note string, err error) {
	if e.Before.RunID == "" {
		return "", nil
	}
	info, err := i.Info(ctx)
	if err != nil || info["run_id"] == e.Before.RunID {
		return "", err
	}
	d, err := i.Describe(ctx)
	if err != nil {
		return "", err
	}
	_, exists, err := lookup(m, d.AOFPath)
	if err != nil || !exists {
		return "", err
	}
	save, err := i.Option(ctx, "save")
	if err != nil {
		return "", err
	}
	if save == "" {
		return "", fmt.Errorf("redis.%s saves nothing as it stops, and was started since: it holds what an old dump gave, "+
			"and what it held before is in %s; stop it, start it, so that it loads that, and roll back again", e.Redis, d.AOFPath)
	}
	return setAside(ctx, m, d.AOFPath, u, "redis."+e.Redis+" was started since without it, and its dump is newer")
}
