package bench

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"text/template"
	"time"

	"golang.org/x/sys/unix"
)

// A report is what one run of the benchmark found.
type report struct {
	Machine  machine
	Size     int64 // of the dump, in bytes
	Keys     int64
	Dumps    dumpTimes
	Restores []restore // in the order of procedures
}

// A machine is where the benchmark ran.
type machine struct {
	CPU, Kernel, Redis, Go string
	Cores                  int
	Day                    string
}

func thisMachine(b *testing.B) machine {
	b.Helper()
	m := machine{CPU: "unknown CPU", Cores: runtime.NumCPU(), Go: strings.TrimPrefix(runtime.Version(), "go"), Day: time.Now().Format(time.DateOnly)}
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if found := regexp.MustCompile(`(?m)^model name\s*: (.*)$`).FindSubmatch(info); found != nil {
			m.CPU = string(found[1])
		}
	}
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		b.Fatal(err)
	}
	m.Kernel = unix.ByteSliceToString(name.Release[:])
	printed, err := exec.Command("redis-server", "--version").Output()
	if err != nil {
		b.Fatal(err)
	}
	for word := range strings.FieldsSeq(string(printed)) {
		if v, ok := strings.CutPrefix(word, "v="); ok {
			m.Redis = v
		}
	}
	return m
}

// A goal is a figure and what it should be at most.
type goal struct {
	What      string
	Got, Most float64
	Unit      string
}

func (g goal) String() string {
	return fmt.Sprintf("%s: %s, goal at most %s", g.What, g.figure(g.Got), g.figure(g.Most))
}

func (g goal) figure(x float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.2f", x), ".00") + g.Unit
}

// Figure is what was measured.
func (g goal) Figure() string { return g.figure(g.Got) }

// Goal is what it should be.
func (g goal) Goal() string { return "at most " + g.figure(g.Most) }

// Verdict says whether the goal is met.
func (g goal) Verdict() string {
	if g.Got <= g.Most {
		return "met"
	}
	return "missed"
}

// Goals are those of the project.
func (r *report) Goals() []goal {
	d, tutorial, plain, live := r.Dumps, r.Restores[0], r.Restores[1], r.Restores[2]
	return []goal{
		{"verify-dump, as a part of the time of redis-check-rdb", ratio(d.Verify, d.CheckRDB), 0.5, ""},
		{"a verified copy, to `cp` and fsync", ratio(d.Backup, d.CopyFsync), 1.3, " times"},
		{"failed reads of restore.hcl, to the time in which Redis loads the data", ratio(plain.Reads.Total(), plain.load()), 1.3, " times"},
		{"failed reads of restore.hcl, as a part of the tutorial's", ratio(plain.Reads.Total(), tutorial.Reads.Total()), 0.25, ""},
		{"failed reads of restore-live.hcl", float64(live.Reads.Failed), 0, ""},
	}
}

func ratio(a, b time.Duration) float64 { return a.Seconds() / b.Seconds() }

// load is what Redis logged for its last start.
func (r restore) load() time.Duration {
	if len(r.Loads) == 0 {
		return 0
	}
	return r.Loads[len(r.Loads)-1]
}

//go:embed testdata/performance.md.tmpl
var pageTemplate string

// page is docs/performance.md.
func (r *report) page(t testing.TB) string {
	t.Helper()
	functions := template.FuncMap{"seconds": seconds, "count": grouped, "megabytes": func(n int64) string { return grouped((n + 5e5) / 1e6) },
		"rate": func(d time.Duration) string { return fmt.Sprintf("%.0f MB/s", float64(r.Size)/1e6/d.Seconds()) }, "loads": loadsText}
	var out strings.Builder
	if err := template.Must(template.New("page").Funcs(functions).Parse(pageTemplate)).Execute(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Bars are the times without an answer, as bars of text.
func (r *report) Bars() string {
	const width = 50
	var longest time.Duration
	for _, p := range r.Restores {
		longest = max(longest, p.Reads.Total(), p.Writes.Total())
	}
	var out strings.Builder
	for _, p := range r.Restores {
		for _, side := range []struct {
			what string
			e    experience
		}{{"reads", p.Reads}, {"writes", p.Writes}} {
			n := 0
			if longest > 0 {
				n = int((side.e.Total()*width + longest - 1) / longest)
			}
			line := fmt.Sprintf("%-30s %-6s %8s %s", p.Name, side.what, seconds(side.e.Total()), strings.Repeat("█", n))
			out.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	return strings.TrimRight(out.String(), "\n")
}

func loadsText(all []time.Duration) string {
	var parts []string
	for _, d := range all {
		parts = append(parts, seconds(d))
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

// grouped writes a number with commas.
func grouped(n int64) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
