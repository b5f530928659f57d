package runbook

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"redbook/runbook/host"
)

// testServer is what every redis block of a fixture describes.
var testServer = host.Description{
	Address: "127.0.0.1:6379", Config: "/etc/redis/redis.conf", Dir: "/var/lib/redis",
	DBFilename: "dump.rdb", Dump: "/var/lib/redis/dump.rdb", DumpExists: true,
	Product: "redis", Version: "7.0.15", User: "redis", Group: "redis", Databases: 16, Running: true,
}

// walk does with a runbook what a plan does, as far as it gets: load it,
// validate it, give its variables values, evaluate every block. What the kinds
// put out is the zero value: what is Late is unknown.
func walk(path string, src []byte, in Inputs) (*Runbook, []Call, []OutputValue, hcl.Diagnostics) {
	r, diags := Load(path, src, fakeKinds())
	if diags.HasErrors() {
		return r, nil, nil, diags
	}
	if more := r.Validate(); more.HasErrors() {
		return r, nil, nil, append(diags, more...)
	}
	vars, more := r.Resolve(in)
	diags = append(diags, more...)
	if diags.HasErrors() {
		return r, nil, nil, diags
	}
	s, more := r.NewScope(vars, in.Environment)
	diags = append(diags, more...)
	for _, b := range r.Redis {
		_, more := s.Server(b)
		diags = append(diags, more...)
		s.SetRedis(b.Name, testServer)
	}
	var calls []Call
	for _, b := range r.Steps {
		call, more := s.Step(b)
		diags = append(diags, more...)
		calls = append(calls, call)
		if call.When.Known && !call.When.Value {
			s.SetSkipped(b)
			continue
		}
		s.SetStep(b, b.Kind.Outputs)
	}
	outputs, more := s.Outputs()
	return r, calls, outputs, append(diags, more...)
}

func testEnvironment() Environment { return Environment{Now: testTime} }

var (
	expectation = regexp.MustCompile(`# (ERROR|WARNING): (.+)$`)
	given       = regexp.MustCompile(`(?m)^# (GIVEN|ENV): (\w+)=(.*)$`)
)

type wanted struct {
	line     int
	severity hcl.DiagnosticSeverity
	text     *regexp.Regexp
}

// TestInvalidRunbooks walks one runbook per mistake. A line of one that ends
// in "# ERROR: regexp" must have that diagnostic, and no other may be there.
func TestInvalidRunbooks(t *testing.T) {
	files, err := filepath.Glob("testdata/language/invalid/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			src, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			in := Inputs{Given: map[string]string{}, Environment: testEnvironment()}
			for _, m := range given.FindAllStringSubmatch(string(src), -1) {
				if m[1] == "GIVEN" {
					in.Given[m[2]] = m[3]
				} else {
					in.Getenv = getenv(variablePrefix+m[2], m[3])
				}
			}
			r, _, _, diags := walk(path, src, in)
			compareDiagnostics(t, wantedIn(string(src), strings.HasSuffix(path, ".json")), diags)
			checkPrinted(t, r, diags)
		})
	}
}

func wantedIn(src string, json bool) []wanted {
	var list []wanted
	for i, line := range strings.Split(src, "\n") {
		m := expectation.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		if json {
			m[2], _, _ = strings.Cut(m[2], `"`)
		}
		text := strings.NewReplacer("?", `\?`, "{", `\{`, "}", `\}`).Replace(m[2])
		w := wanted{i + 1, hcl.DiagError, regexp.MustCompile("(?s)" + text)}
		if m[1] == "WARNING" {
			w.severity = hcl.DiagWarning
		}
		list = append(list, w)
	}
	return list
}

func compareDiagnostics(t *testing.T, want []wanted, got hcl.Diagnostics) {
	t.Helper()
	if len(want) == 0 {
		t.Error("the fixture expects no diagnostic")
	}
	matched := map[*hcl.Diagnostic]bool{}
	for _, w := range want {
		found := false
		for _, d := range got {
			if !matched[d] && d.Subject != nil && d.Subject.Start.Line == w.line && d.Severity == w.severity && w.text.MatchString(d.Summary+": "+d.Detail) {
				matched[d], found = true, true
				break
			}
		}
		if !found {
			t.Errorf("line %d: want a diagnostic that matches %q", w.line, w.text)
		}
	}
	for _, d := range got {
		if !matched[d] {
			t.Errorf("unexpected diagnostic: %s", d)
		}
	}
}

// checkPrinted wants each diagnostic to name its file and no secret to be shown.
func checkPrinted(t *testing.T, r *Runbook, diags hcl.Diagnostics) {
	t.Helper()
	var b strings.Builder
	if err := WriteDiagnostics(&b, r.Files(), diags, 0, false); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"canary-", "hunter2"} {
		// The fixtures' own comments hold the canaries, but no wrong line does.
		if strings.Contains(b.String(), secret) {
			t.Errorf("a secret is shown:\n%s", b.String())
		}
	}
	for _, d := range diags {
		if d.Detail == "" {
			t.Errorf("no detail: %s", d)
		}
	}
}
