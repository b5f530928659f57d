package runbook

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"redbook/runbook/effect"
	"redbook/runbook/host"
)

// PlanVersion is the version of a plan's JSON.
const PlanVersion = 1

// A Plan is exactly what a run will do. It holds no secret: sensitive
// variables are given again when it is run.
type Plan struct {
	Version   int                        `json:"version"`
	ID        string                     `json:"id"`
	Created   time.Time                  `json:"created"` // what timestamp() returns
	Path      string                     `json:"path"`    // of the runbook
	Source    string                     `json:"source"`  // the runbook's text
	Variables map[string]json.RawMessage `json:"variables,omitempty"`
	Servers   []PlannedServer            `json:"servers,omitempty"`
	Steps     []PlannedStep              `json:"steps"`
	Outages   []Outage                   `json:"outages,omitempty"`
	LoadRate  *LoadRate                  `json:"load_rate,omitempty"` // for the outages; nil when there are none
	Digest    string                     `json:"digest"`              // over all but id, created and load_rate
}

// A PlannedServer is a redis block and what it exported when the plan was made.
type PlannedServer struct {
	Server      host.ServerConfig `json:"server"`
	Description host.Description  `json:"description"`
}

// A PlannedStep is what one step will do.
type PlannedStep struct {
	Address     string           `json:"address"` // step.KIND.NAME
	Description string           `json:"description,omitempty"`
	Skipped     bool             `json:"skipped,omitempty"`   // when = false
	Undecided   string           `json:"undecided,omitempty"` // what only the run can tell
	Effects     []effect.Encoded `json:"effects,omitempty"`
	Changes     []effect.Change  `json:"changes,omitempty"` // one an effect
	Outputs     json.RawMessage  `json:"outputs,omitempty"` // those that are known
	Notes       []string         `json:"notes,omitempty"`
	Warnings    []host.Warning   `json:"warnings,omitempty"`
	Failure     string           `json:"failure,omitempty"` // why the step would fail
	FailureTrap host.Trap        `json:"failure_trap,omitempty"`
	Continues   bool             `json:"continues,omitempty"`
}

// Failed returns the step that ends the plan, nil when nothing is wrong.
func (p *Plan) Failed() *PlannedStep {
	for i := range p.Steps {
		if p.Steps[i].ends() {
			return &p.Steps[i]
		}
	}
	return nil
}

// ends tells whether the plan ends with this step, since it would fail.
func (s *PlannedStep) ends() bool { return s.Failure != "" && !s.Continues }

// Effects counts the changes of a plan.
func (p *Plan) Effects() (n int) {
	for _, s := range p.Steps {
		n += len(s.Effects)
	}
	return n
}

// PointOfNoReturn is the address of the first step with an irreversible effect.
func (p *Plan) PointOfNoReturn() string {
	for _, s := range p.Steps {
		for _, c := range s.Changes {
			if c.Class == effect.Irreversible {
				return s.Address
			}
		}
	}
	return ""
}

// digest covers all that decides what the run does, and what the plan knew of
// the machine.
func (p *Plan) digest() (string, error) {
	covered := *p
	covered.ID, covered.Created, covered.LoadRate, covered.Digest = "", time.Time{}, nil, ""
	raw, err := json.Marshal(covered)
	if err != nil {
		return "", fmt.Errorf("digest plan: %w", err)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}

// ReadPlan decodes a plan file and refuses one that was edited.
func ReadPlan(path string, content []byte) (*Plan, error) {
	var p Plan
	if err := json.Unmarshal(content, &p); err != nil {
		return nil, fmt.Errorf("read plan %s: it is not a plan that redbook wrote: %w", path, err)
	}
	if p.Version != PlanVersion {
		return nil, fmt.Errorf("read plan %s: its version is %d, this redbook reads %d; make a new plan", path, p.Version, PlanVersion)
	}
	want, err := p.digest()
	if err != nil {
		return nil, err
	}
	if p.Digest != want {
		return nil, fmt.Errorf("read plan %s: it was changed after it was made; make a new plan", path)
	}
	return &p, nil
}

// Compare says in one sentence where a new plan differs, "" when it does not.
func (p *Plan) Compare(now *Plan) string {
	if p.Digest == now.Digest {
		return ""
	}
	if p.Source != now.Source {
		return "the runbook " + p.Path + " was changed"
	}
	if !sameJSON(p.Variables, now.Variables) {
		return "the variables are not the same"
	}
	for i, s := range p.Servers {
		if i >= len(now.Servers) || !sameJSON(s, now.Servers[i]) {
			return fmt.Sprintf("redis.%s is not as it was: %s", s.Server.Name, serverDifference(s, now.Servers, i))
		}
	}
	for i, s := range p.Steps {
		if i >= len(now.Steps) {
			return "the plan now ends before " + s.Address
		}
		if now.Steps[i].Failure != s.Failure {
			return fmt.Sprintf("%s would now fail: %s", s.Address, now.Steps[i].Failure)
		}
		if !sameJSON(s, now.Steps[i]) {
			return s.Address + " would no longer do or find the same"
		}
	}
	return "the machine is not as it was"
}

// serverDifference names the first fact about a server that changed.
func serverDifference(was PlannedServer, now []PlannedServer, i int) string {
	if i >= len(now) {
		return "it is gone from the runbook"
	}
	before, after := jsonFields(was.Description), jsonFields(now[i].Description)
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if string(after[name]) != string(before[name]) {
			return fmt.Sprintf("%s was %s and is %s", name, before[name], after[name])
		}
	}
	return "its redis block differs"
}

func jsonFields(v any) (m map[string]json.RawMessage) {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain data always encodes
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		panic(err)
	}
	return m
}

func sameJSON(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}
