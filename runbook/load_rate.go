package runbook

import (
	"encoding/json"
	"time"

	"redbook/runbook/effect"
	"redbook/runbook/journal"
)

// A LoadRate is how fast a server of this machine loads a dataset.
type LoadRate struct {
	BytesPerSecond float64 `json:"bytes_per_second"`
	Run            string  `json:"run,omitempty"` // that measured it; "" when it is assumed
}

// AssumedLoadRate is for a machine on which nothing was measured yet. It is
// cautious: 150 to 250 MB a second were seen.
var AssumedLoadRate = LoadRate{BytesPerSecond: 150e6}

// Duration is how long a dataset of so many bytes takes.
func (r LoadRate) Duration(bytes int64) time.Duration {
	return time.Duration(float64(bytes) / r.BytesPerSecond * float64(time.Second))
}

const (
	// minMeasured is the least dataset to measure by, in bytes: with less, a start
	// is mostly the start of a process.
	minMeasured = 16 << 20
	// measuredRuns is how many runs are looked at, the newest first.
	measuredRuns = 20
)

// loadRate is what the latest run with a start that loaded something measured.
// A run that cannot be read tells nothing and is no error here.
func (e *Engine) loadRate() LoadRate {
	if e.Store == nil {
		return AssumedLoadRate
	}
	ids, err := e.Store.Runs()
	if err != nil {
		return AssumedLoadRate
	}
	for n := 1; n <= min(len(ids), measuredRuns); n++ {
		id := ids[len(ids)-n]
		if rate := e.measured(id); rate > 0 {
			return LoadRate{BytesPerSecond: rate, Run: id}
		}
	}
	return AssumedLoadRate
}

// measured is the rate of a run's last start that its plan knew the size of, in
// bytes a second; 0 when there was none.
func (e *Engine) measured(id string) (rate float64) {
	raw, err := e.Store.File(id, "plan.json")
	if err != nil {
		return 0
	}
	var p struct {
		Outages []Outage `json:"outages"`
	}
	if json.Unmarshal(raw, &p) != nil || len(p.Outages) == 0 {
		return 0
	}
	records, err := e.Store.Read(id)
	if err != nil {
		return 0
	}
	for _, o := range p.Outages {
		if took := startTime(records, o.Until); took > 0 && o.Bytes >= minMeasured {
			rate = float64(o.Bytes) / took.Seconds()
		}
	}
	return rate
}

// startTime is how long the last start in a step took, 0 when none ended well.
func startTime(records []journal.Record, step string) (took time.Duration) {
	var begun journal.Record
	for _, r := range records {
		switch {
		case r.Step != step:
		case r.Type == journal.Intent:
			begun = r
		case r.Type == journal.Done && r.Effect == begun.Effect && isStart(r):
			took = r.Time.Sub(begun.Time)
		}
	}
	return took
}

func isStart(r journal.Record) bool {
	var enc effect.Encoded
	return json.Unmarshal(r.Body, &enc) == nil && enc.Kind == (*effect.Start).Kind(nil)
}
