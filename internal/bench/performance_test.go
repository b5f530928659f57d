package bench

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var (
	reportDir   = flag.String("report", "", "directory that performance.md and its picture are written to")
	update      = flag.Bool("update", false, "write the golden files anew")
	datasetSize = flag.Int64("dataset", 560<<20, "how much data the server is given, in bytes")
)

// BenchmarkPerformance measures on one dataset what a dump costs, and what a restore costs the clients of a server. With
// -report it writes what it found.
func BenchmarkPerformance(b *testing.B) {
	if b.N > 1 {
		b.Skip("it takes minutes: once is enough (-benchtime 1x)")
	}
	sc := newScene(b, *datasetSize)
	r := &report{Machine: thisMachine(b), Size: sizeOf(b, sc.backup), Keys: sc.keys, Dumps: sc.dumps(b)}
	for _, p := range procedures {
		r.Restores = append(r.Restores, sc.restore(b, p))
	}
	for _, g := range r.Goals() {
		b.Logf("%s: %s", g, g.Verdict())
	}
	if *reportDir == "" {
		return
	}
	for name, content := range map[string]string{"performance.md": r.page(b), "performance.svg": r.picture()} {
		if err := os.WriteFile(filepath.Join(*reportDir, name), []byte(content), 0o644); err != nil {
			b.Fatal(err)
		}
	}
}

func sizeOf(b *testing.B, path string) int64 {
	b.Helper()
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	return info.Size()
}
