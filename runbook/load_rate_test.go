package runbook

import (
	"encoding/json"
	"testing"
	"time"

	"redbook/runbook/effect"
	"redbook/runbook/journal"
)

// A measuredRun is a run whose step started a server that loaded so many bytes.
type measuredRun struct {
	id    string
	bytes int64
	took  time.Duration // 0: the start never ended
}

func (m measuredRun) write(t *testing.T, store *journal.Store) {
	t.Helper()
	plan, err := json.Marshal(Plan{Outages: []Outage{{Redis: "main", From: "step.stop.s", Until: "step.start.s", Bytes: m.bytes}}})
	if err != nil {
		t.Fatal(err)
	}
	start, err := effect.Encode(&effect.Start{Redis: "main"})
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(start)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	w, err := store.Create(m.id, map[string][]byte{"plan.json": plan}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	records := []journal.Record{{Type: journal.Begin}, {Type: journal.Intent, Step: "step.start.s", Effect: 1, Body: body}}
	if m.took > 0 {
		records = append(records, journal.Record{Type: journal.Done, Step: "step.start.s", Effect: 1, Body: body})
	}
	for _, r := range records {
		if r.Type == journal.Done {
			now = now.Add(m.took)
		}
		if err := w.Append(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestLoadRate(t *testing.T) {
	const older, newer = "20260101-000000-0000", "20260102-000000-0000"
	measured := func(run string, rate float64) LoadRate { return LoadRate{BytesPerSecond: rate, Run: run} }
	for name, c := range map[string]struct {
		runs []measuredRun
		want LoadRate
	}{
		"no run":                     {nil, AssumedLoadRate},
		"the newest counts":          {[]measuredRun{{older, 200e6, time.Second}, {newer, 200e6, 2 * time.Second}}, measured(newer, 100e6)},
		"too little to measure by":   {[]measuredRun{{older, 200e6, time.Second}, {newer, 1e6, time.Second}}, measured(older, 200e6)},
		"a start that never ended":   {[]measuredRun{{older, 200e6, time.Second}, {newer, 200e6, 0}}, measured(older, 200e6)},
		"what the plan did not know": {[]measuredRun{{older, -1, time.Second}}, AssumedLoadRate},
	} {
		t.Run(name, func(t *testing.T) {
			store, err := journal.Open(t.TempDir() + "/state")
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range c.runs {
				r.write(t, store)
			}
			if got := (&Engine{Store: store}).loadRate(); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}
