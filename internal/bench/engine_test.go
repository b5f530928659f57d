// Package bench measures redbook where speed counts, always as a ratio against
// the bare operation in the same run: machines differ, ratios tell.
package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"redbook/runbook"
	"redbook/runbook/effect"
	"redbook/runbook/host"
	"redbook/runbook/host/local"
	"redbook/runbook/journal"
)

// nothing is a step of one effect that costs next to nothing itself: it sets the
// mode that a file has already.
type nothing struct {
	Path string `arg:"path" doc:"a file"`
}

func (n *nothing) Run(ctx context.Context, h runbook.Host) (any, error) {
	mode := uint32(0o600)
	return nil, h.Apply(ctx, &effect.SetAttr{Path: n.Path, Attr: host.Attr{UID: -1, GID: -1, Mode: &mode}})
}

func engine(b *testing.B, dir string, kinds runbook.Kinds) *runbook.Engine {
	store, err := journal.Open(filepath.Join(dir, "state"))
	if err != nil {
		b.Fatal(err)
	}
	return &runbook.Engine{
		Kinds: kinds, Store: store, Now: time.Now, Getenv: func(string) string { return "" },
		Connect: func(c []host.ServerConfig) (runbook.Machine, error) { return local.New(c, local.Options{}) },
	}
}

// manySteps is a runbook of n steps of a kind with one path.
func manySteps(kind, path string, n int, rest string) []byte {
	var src bytes.Buffer
	for i := range n {
		fmt.Fprintf(&src, "step %q \"s%d\" {\n  path = %q\n%s}\n", kind, i, path, rest)
	}
	return src.Bytes()
}

// BenchmarkThousandSteps runs 1,000 steps of one effect each. Beside it: as many
// bare appends and fsyncs, with those of the effects and without them.
func BenchmarkThousandSteps(b *testing.B) {
	kind := runbook.Kind{Name: "nothing", Summary: "one effect", New: func() runbook.Step { return new(nothing) }, Timeout: time.Minute, NoRedis: true}
	const n = 1000
	for range b.N {
		dir := b.TempDir()
		path := filepath.Join(dir, "file")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			b.Fatal(err)
		}
		e := engine(b, dir, runbook.NewKinds(kind))
		r, vars, p := plan(b, e, manySteps("nothing", path, n, ""))
		begin := time.Now()
		o, err := e.Run(context.Background(), r, vars, p)
		if err != nil || o.Status != runbook.StatusDone {
			b.Fatal(err, o)
		}
		run := time.Since(begin)
		content, err := e.Store.File(o.Run, "journal.jsonl")
		if err != nil {
			b.Fatal(err)
		}
		lines := bytes.SplitAfter(bytes.TrimSuffix(content, []byte("\n")), []byte("\n"))
		records, _ := bareFsyncs(b, dir, lines, "")
		all, fsyncs := bareFsyncs(b, dir, lines, path)
		b.ReportMetric(run.Seconds()/all.Seconds(), "run/bare")
		b.ReportMetric(run.Seconds()/records.Seconds(), "run/bare-journal")
		b.ReportMetric(float64(fsyncs)/n, "fsyncs/step")
		b.ReportMetric(float64(run.Microseconds())/n, "µs/step")
	}
}

// bareFsyncs makes a file of lines, with an fsync after each, and where file is
// given does between them what the effect of each step does: a mode is set, and
// the file and its directory are synced.
func bareFsyncs(b *testing.B, dir string, lines [][]byte, file string) (took time.Duration, fsyncs int) {
	journal, err := os.Create(filepath.Join(dir, "bare"))
	if err != nil {
		b.Fatal(err)
	}
	defer journal.Close()
	sync := func(f *os.File) {
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
		fsyncs++
	}
	begin := time.Now()
	for _, l := range lines {
		if _, err := journal.Write(l); err != nil {
			b.Fatal(err)
		}
		sync(journal)
		if file != "" && bytes.Contains(l, []byte(`"type":"intent"`)) {
			setMode(b, file, sync)
		}
	}
	return time.Since(begin), fsyncs
}

func setMode(b *testing.B, path string, sync func(*os.File)) {
	for _, p := range []string{path, filepath.Dir(path)} {
		f, err := os.Open(p)
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		if p == path {
			if err := f.Chmod(0o600); err != nil {
				b.Fatal(err)
			}
		}
		sync(f)
	}
}

func plan(b *testing.B, e *runbook.Engine, src []byte) (*runbook.Runbook, runbook.Variables, *runbook.Plan) {
	r, diags := runbook.Load("bench.hcl", src, e.Kinds)
	if diags.HasErrors() {
		b.Fatal(diags)
	}
	vars, diags := r.Resolve(runbook.Inputs{})
	if diags.HasErrors() {
		b.Fatal(diags)
	}
	p, err := e.Plan(context.Background(), r, vars)
	if err != nil {
		b.Fatal(err)
	}
	if f := p.Failed(); f != nil {
		b.Fatal(f.Failure)
	}
	return r, vars, p
}

// BenchmarkTenThousandSteps is redbook validate and plan, as a person calls them,
// of a runbook of 10,000 steps.
func BenchmarkTenThousandSteps(b *testing.B) {
	binary := buildRedbook(b)
	dir := b.TempDir()
	path, runbook := filepath.Join(dir, "file"), filepath.Join(dir, "bench.hcl")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(runbook, manySteps("chown", path, 10_000, "  mode = \"0600\"\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	for range b.N {
		for _, verb := range []string{"validate", "plan"} {
			cmd := exec.Command(binary, "--state-dir", filepath.Join(dir, "state"), verb, runbook)
			begin := time.Now()
			if out, err := cmd.CombinedOutput(); err != nil {
				b.Fatalf("%v\n%.1000s", err, out)
			}
			b.ReportMetric(time.Since(begin).Seconds()*1000, "ms-"+verb)
			b.ReportMetric(float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)/1024, "MB-"+verb)
		}
	}
}

// BenchmarkStartUp is `redbook version` beside /bin/true.
func BenchmarkStartUp(b *testing.B) {
	binary := buildRedbook(b)
	const n = 20
	for range b.N {
		redbook, nop := fastest(b, n, binary, "version"), fastest(b, n, "/bin/true")
		b.ReportMetric(float64(redbook.Microseconds())/1000, "ms-version")
		b.ReportMetric(float64(redbook)/float64(nop), "version/true")
	}
}

func buildRedbook(b *testing.B) (path string) {
	b.Helper()
	path = filepath.Join(b.TempDir(), "redbook")
	build := exec.Command("go", "build", "-o", path, "redbook/cmd/redbook")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as it is shipped
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return path
}

// fastest is the least time of n runs of a command.
func fastest(b *testing.B, n int, name string, args ...string) time.Duration {
	best := time.Hour
	for range n {
		begin := time.Now()
		if err := exec.Command(name, args...).Run(); err != nil {
			b.Fatal(err)
		}
		best = min(best, time.Since(begin))
	}
	return best
}
