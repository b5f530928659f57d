//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"redbook/internal/nspawn"
)

// An outcome is how a command of redbook ended.
type outcome struct {
	code    int
	run     string
	cause   string
	outputs map[string]any
	printed string
}

// A line is one of what redbook prints with --json: an event or the outcome.
type line struct {
	Type    string         `json:"type"`
	Run     string         `json:"run"`
	Step    string         `json:"step"`
	Error   string         `json:"error"`
	Cause   string         `json:"cause"`
	Outputs map[string]any `json:"outputs"`
}

// variables are those that every runbook here takes.
func (s *server) variables(more ...string) []string {
	vars := []string{"address=" + s.address(), "service=" + s.service()}
	if s.setup.user != "" {
		vars = append(vars, "username="+s.setup.user)
	}
	var args []string
	for _, v := range append(vars, more...) {
		args = append(args, "--var", v)
	}
	return args
}

func (s *server) environment() []string {
	if s.setup.password == "" {
		return nil
	}
	return []string{"REDBOOK_VAR_password=" + s.setup.password}
}

// redbook runs redbook on the host to its end.
func (s *server) redbook(t *testing.T, args ...string) outcome {
	t.Helper()
	return s.redbookUntil(t, nil, args...)
}

// redbookUntil kills redbook, as kill -9 does, when it has printed a line that
// reached tells of.
func (s *server) redbookUntil(t *testing.T, reached func(line) bool, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, w := io.Pipe()
	var stdout, stderr bytes.Buffer
	p, err := s.host.Start(ctx, s.environment(), w, &stderr, append([]string{"/usr/local/bin/redbook"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	var o outcome // the goroutine's until it has read all
	read := make(chan struct{})
	go func() {
		defer close(read)
		lines := bufio.NewScanner(io.TeeReader(r, &stdout))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var l line
			if json.Unmarshal(lines.Bytes(), &l) != nil {
				continue
			}
			o.note(l)
			if reached != nil && reached(l) {
				_ = p.Kill()
			}
		}
		_, _ = io.Copy(io.Discard, r)
	}()
	o.code, err = waitAndClose(p, w)
	<-read
	if err != nil {
		t.Fatal(err)
	}
	o.printed = stdout.String() + stderr.String()
	s.transcript += fmt.Sprintf("$ redbook %s\n%s(exit %d)\n", strings.Join(args, " "), o.printed, o.code)
	return o
}

func waitAndClose(p *nspawn.Process, w io.Closer) (code int, err error) {
	defer w.Close()
	return p.Wait()
}

func (o *outcome) note(l line) {
	if l.Run != "" {
		o.run = l.Run
	}
	if l.Type == "outcome" {
		o.outputs, o.cause = l.Outputs, l.Cause
	}
	if l.Error != "" && o.cause == "" {
		o.cause = l.Error
	}
}

// backUp runs backup.hcl and returns the backup's path.
func (s *server) backUp(t *testing.T) string {
	t.Helper()
	o := s.redbook(t, s.backingUp(t)...)
	path, _ := o.outputs["backup"].(string)
	if o.code != 0 || path == "" {
		t.Fatalf("backup.hcl: exit %d, backup %q\n%s", o.code, path, o.printed)
	}
	return path
}

// running is the command line that runs a shipped runbook.
func (s *server) running(t *testing.T, runbook string, variables ...string) []string {
	t.Helper()
	return append([]string{"run", s.runbook(t, runbook), "--yes", "--json"}, s.variables(variables...)...)
}

func (s *server) backingUp(t *testing.T) []string {
	t.Helper()
	return s.running(t, "backup.hcl")
}

// restoring restores a backup and looks at a value of it.
func (s *server) restoring(t *testing.T, runbook, backup string, more ...string) []string {
	t.Helper()
	return s.running(t, runbook, append([]string{"backup=" + backup, "key=shapes:triangles", "value=3 sides"}, more...)...)
}

// observe says in one line how a command ended and what the server is like now.
func (s *server) observe(t *testing.T, o outcome) string {
	t.Helper()
	return fmt.Sprintf("exit %d, %s, %s", o.code, s.data(t), s.persistence(t))
}

// persistence compares the option in the running server with the config file.
func (s *server) persistence(t *testing.T) string {
	t.Helper()
	running, err := s.client(t).ConfigGet(context.Background(), "appendonly").Result()
	if err != nil {
		t.Fatal(err)
	}
	config, err := s.host.ReadFile(s.configPath())
	if err != nil {
		t.Fatal(err)
	}
	inFile := "no"
	for l := range strings.Lines(config) {
		if value, ok := strings.CutPrefix(l, "appendonly "); ok {
			inFile = strings.TrimSpace(value)
		}
	}
	if running["appendonly"] != inFile {
		return fmt.Sprintf("AOF %s but %s in the config", running["appendonly"], inFile)
	}
	return map[string]string{"yes": "AOF on", "no": "AOF off"}[inFile]
}
