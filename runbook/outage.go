package runbook

import (
	"redbook/runbook/effect"
)

// An Outage is a time in which a plan leaves a server down.
type Outage struct {
	Redis string `json:"redis"`
	From  string `json:"from,omitempty"`  // address of the step that stops it; "" when it is down already
	Until string `json:"until,omitempty"` // of the step that starts it; "" when none does
	Bytes int64  `json:"bytes"`           // of what it loads then; -1 when only the run knows it
}

// A loadSizer knows how much a server has loaded, in bytes: the picture.
type loadSizer interface{ LoadSize(redis string) int64 }

// follow notes in a plan what an effect means for those who use its server.
func (p *Plan) follow(step string, e effect.Effect, sizes loadSizer) {
	switch e := e.(type) {
	case *effect.Stop:
		p.Outages = append(p.Outages, Outage{Redis: e.Redis, From: step, Bytes: -1})
	case *effect.Start:
		o := p.outage(e.Redis)
		o.Until, o.Bytes = step, sizes.LoadSize(e.Redis)
	}
}

// outage is the one of a server that no step has ended yet, which is a new one
// when the server was down before the plan.
func (p *Plan) outage(redis string) *Outage {
	for i := range p.Outages {
		if o := &p.Outages[i]; o.Redis == redis && o.Until == "" {
			return o
		}
	}
	p.Outages = append(p.Outages, Outage{Redis: redis})
	return &p.Outages[len(p.Outages)-1]
}
