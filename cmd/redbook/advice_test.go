package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const adviceRunbook = `
variable "dir" {}
variable "secret" {
  sensitive = true
}
step "exec" "fails" {
  argv       = ["test", "-e", "${var.dir}/go"]
  undo       = ["true"]
  on_failure = %q
}
`

// TestAdvice runs the commands that redbook prints after a failure, as they
// are, in another directory.
func TestAdvice(t *testing.T) {
	dir := workDirectory(t)
	writeFile(t, filepath.Join(dir, "rollback.hcl"), fmt.Sprintf(adviceRunbook, "rollback"))
	writeFile(t, filepath.Join(dir, "stop.hcl"), fmt.Sprintf(adviceRunbook, "stop"))
	writeFile(t, filepath.Join(dir, "the secret.hcl"), "secret = \"x\"\n")
	flags := []string{"--yes", "--state-dir", "the state", "--var-file", "the secret.hcl", "--var", "dir=" + dir}

	out := mustRun(t, dir, exitRolledBack, append([]string{"run", "rollback.hcl"}, flags...)...)
	advised(t, out, "To see what happened:", "", exitDone)

	out = mustRun(t, dir, exitPaused, append([]string{"run", "stop.hcl"}, flags...)...)
	advised(t, out, "To go on:", "", exitUsage) // it asks, and nobody answers
	advised(t, out, "To go on:", " --yes", exitPaused)
	out = mustRun(t, dir, exitDone, "runs", "show", "--state-dir", "the state")
	out = advised(t, strings.ReplaceAll(out, "the state'", "the state' --var-file '"+dir+"/the secret.hcl'"), "To take everything back:", " --yes", exitDone)
	if !strings.Contains(out, "Rolled back") {
		t.Errorf("the advised roll-back prints:\n%s", out)
	}
}

// advised runs the command below the line why, and returns what it prints.
func advised(t *testing.T, output, why, more string, code int) string {
	t.Helper()
	_, after, found := strings.Cut(output, "\n"+why+"\n")
	line, _, _ := strings.Cut(after, "\n")
	if !found {
		t.Fatalf("%q is not in\n%s", why, output)
	}
	cmd := exec.Command("sh", "-c", strings.TrimSpace(line)+more)
	cmd.Dir, cmd.Env = "/", os.Environ()
	out, _ := cmd.CombinedOutput() // the exit code says it
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Fatalf("%s%s: exit code %d, want %d:\n%s", line, more, got, code, out)
	}
	return string(out)
}
