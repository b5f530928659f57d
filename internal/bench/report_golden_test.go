package bench

import (
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sampleReport has a tutorial with two outages, and a live restore without one.
func sampleReport() *report {
	ms := time.Millisecond
	outage := func(failed int64, spans ...span) experience {
		return experience{Sent: 9000, Failed: failed, Spans: spans, Slowest: 12 * ms}
	}
	twice := outage(12_345, span{1000 * ms, 6000 * ms}, span{9000 * ms, 15_000 * ms})
	once := outage(2100, span{4000 * ms, 6600 * ms})
	return &report{
		Machine: machine{CPU: "Example CPU", Cores: 2, Kernel: "6.1.0", Redis: "7.0.15", Go: "1.26.8", Day: "2026-01-02"},
		Size:    582_878_701, Keys: 761_862,
		Dumps: dumpTimes{CheckRDB: 1700 * ms, Inspect: 700 * ms, Verify: 600 * ms, CopyFsync: 1300 * ms, Copy: 1000 * ms, Backup: 1600 * ms},
		Restores: []restore{
			{Name: procedures[0].name, Took: 16 * time.Second, Reads: twice, Writes: twice, Loads: []time.Duration{2400 * ms, 2500 * ms}},
			{Name: procedures[1].name, Took: 9 * time.Second, Reads: once, Writes: once, Loads: []time.Duration{2300 * ms}},
			{Name: procedures[2].name, Took: 11 * time.Second, Reads: outage(0), Writes: outage(2000, span{5000 * ms, 7500 * ms})},
		},
	}
}

// TestReport holds page and picture to what they looked like when they were looked at.
func TestReport(t *testing.T) {
	r := sampleReport()
	for path, got := range map[string]string{"testdata/sample.md": r.page(t), "testdata/sample.svg": r.picture()} {
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

// TestExperience: what was asked before the procedure began counts from its begin, and an outage ends with a good answer.
func TestExperience(t *testing.T) {
	begin := time.Unix(1000, 0)
	at := func(sent, answered int, failed bool) attempt {
		return attempt{begin.Add(time.Duration(sent) * time.Millisecond), begin.Add(time.Duration(answered) * time.Millisecond), failed}
	}
	p := &prober{attempts: []attempt{
		at(-20, -19, true), at(-10, 5, true), at(6, 8, false), at(9, 12, false),
		at(20, 30, true), at(31, 40, true), at(41, 44, false),
	}}
	ms := time.Millisecond
	want := experience{Sent: 6, Failed: 3, Spans: []span{{0, 8 * ms}, {20 * ms, 44 * ms}}, Slowest: 3 * ms}
	got := p.experience(begin)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.Total() != 32*ms || p.good() != 1 {
		t.Errorf("total %v, %d good answers last", got.Total(), p.good())
	}
}
