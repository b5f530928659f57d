package runbook

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"redbook/runbook/effect"
	"redbook/runbook/host"
	"redbook/runbook/host/preview"
	"redbook/runbook/journal"
)

// Plan works out what a run would do, on a picture of the machine. A step that
// would fail is no error: the plan says so and ends there.
func (e *Engine) Plan(ctx context.Context, r *Runbook, vars Variables) (*Plan, error) {
	now := e.Now().UTC()
	return e.planAt(ctx, r, vars, now.Truncate(time.Second), journal.NewID(now))
}

func (e *Engine) planAt(ctx context.Context, r *Runbook, vars Variables, now time.Time, id string) (*Plan, error) {
	s, err := e.open(ctx, r, vars, now, nil)
	if err != nil {
		return nil, err
	}
	p, err := s.plan(ctx, now, id)
	return p, errors.Join(err, s.close())
}

func (s *session) plan(ctx context.Context, now time.Time, id string) (*Plan, error) {
	saved, err := s.vars.Save()
	if err != nil {
		return nil, err
	}
	p := &Plan{
		Version: PlanVersion, ID: id, Created: now,
		Path: s.runbook.Path, Source: string(s.runbook.Source),
		Variables: saved, Servers: s.servers,
	}
	picture := preview.New(s.machine, preview.Options{Now: now})
	for _, b := range s.runbook.Steps {
		step, err := s.planStep(ctx, p, picture, b)
		if err != nil {
			return nil, err
		}
		p.Steps = append(p.Steps, step)
		if step.ends() {
			break
		}
	}
	if len(p.Outages) > 0 {
		rate := s.engine.loadRate()
		p.LoadRate = &rate
	}
	p.Digest, err = p.digest()
	return p, err
}

func (s *session) planStep(ctx context.Context, p *Plan, picture *preview.Picture, b *StepBlock) (PlannedStep, error) {
	planned := PlannedStep{Address: b.Address()}
	call, diags := s.scope.Step(b)
	if err := s.runbook.failOn(diags); err != nil {
		return planned, err
	}
	planned.Description = call.Description
	planned.Continues = call.OnFailure == OnFailureContinue
	if call.When.Known && !call.When.Value {
		planned.Skipped = true
		s.scope.SetSkipped(b)
		return planned, nil
	}
	if !call.When.Known {
		planned.Undecided = "whether it runs depends on an earlier step"
	}
	picture.At(b.Label())
	h := &plannerHost{Picture: picture, redis: call.Redis, plan: p, step: &planned}
	outputs, err := call.Step.Run(ctx, h)
	planned.Warnings = append(planned.Warnings, picture.Warnings()...)
	switch {
	case errors.Is(err, host.ErrUnknown):
		if planned.Undecided == "" {
			planned.Undecided = undecided(err)
		}
		s.scope.SetUnknown(b)
		return planned, nil
	case ctx.Err() != nil:
		return planned, ctx.Err()
	case err != nil:
		planned.Failure, planned.FailureTrap = err.Error(), host.TrapOf(err)
		s.scope.SetSkipped(b)
		return planned, nil
	}
	s.scope.SetStep(b, outputs)
	planned.Outputs, err = s.scope.SaveStep(b)
	return planned, err
}

// undecided is the reason without the words that every such error ends in.
func undecided(err error) string {
	return strings.TrimSuffix(err.Error(), ": "+host.ErrUnknown.Error())
}

// plannerHost applies effects to the picture and writes them into the plan.
type plannerHost struct {
	*preview.Picture
	redis string
	plan  *Plan
	step  *PlannedStep
}

func (h *plannerHost) Redis() string { return h.redis }

func (h *plannerHost) Note(format string, args ...any) {
	h.step.Notes = append(h.step.Notes, fmt.Sprintf(format, args...))
}

func (h *plannerHost) Apply(ctx context.Context, e effect.Effect) error {
	if err := e.Prepare(ctx, h.Picture); err != nil {
		return err
	}
	enc, err := identified(e)
	if err != nil {
		return err
	}
	h.step.Effects = append(h.step.Effects, enc)
	h.step.Changes = append(h.step.Changes, e.Change())
	err = e.Do(ctx, h.Picture)
	if err == nil || errors.Is(err, host.ErrUnknown) {
		h.plan.follow(h.step.Address, e, h.Picture)
	}
	return err
}

// identified encodes an effect's arguments alone: what Prepare read of the
// machine, times of change and inodes, is not what a plan is compared by.
func identified(e effect.Effect) (effect.Encoded, error) {
	enc, err := effect.Encode(e)
	if err != nil {
		return enc, err
	}
	enc.Effect, err = effect.Arguments(enc)
	return enc, err
}
