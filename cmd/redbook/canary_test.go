package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// canary is a password that must be seen nowhere.
const canary = "c4n4ry-0f-4-s3cr3t"

const canaryHead = `
variable "address" {}
variable "process" {
  type = list(string)
}
variable "password" {
  sensitive = true
  default   = null
}
redis "main" {
  address = var.address
%s
  process {
    command = var.process
  }
}
`

const canarySteps = `
step "save" "now" {}
step "stop-service" "redis" {}
step "start" "redis" {}
step "wait" "go" {
  field    = "instantaneous_ops_per_sec"
  at_least = 0
}
step "exec" "gate" {
  argv       = ["test", "-e", %q]
  undo       = ["true"]
  on_failure = "stop"
}
`

// A canaryWay is one way to give redbook the password.
type canaryWay struct {
	name      string
	arguments string // of the redis block
	user      string // an ACL user
	files     map[string]string
	environ   []string
	flags     []string
}

var canaryWays = []canaryWay{
	{name: "variable from the environment", arguments: "password = var.password", environ: []string{"REDBOOK_VAR_password=" + canary}},
	{name: "variable from a file", arguments: "password = var.password",
		files: map[string]string{"secret.hcl": "password = \"" + canary + "\"\n"}, flags: []string{"--var-file", "secret.hcl"}},
	{name: "password_file", arguments: `password_file = "$DIR/secret"`, files: map[string]string{"secret": canary + "\n"}},
	{name: "password_command", arguments: `password_command = ["cat", "$DIR/secret"]`, files: map[string]string{"secret": canary + "\n"}},
	{name: "REDISCLI_AUTH", environ: []string{"REDISCLI_AUTH=" + canary}},
	{name: "ACL user", user: "keeper", arguments: "username = \"keeper\"\n  password = var.password", environ: []string{"REDBOOK_VAR_password=" + canary}},
}

// A canaryCage runs redbook and looks for the canary in all that it leaves.
type canaryCage struct {
	t       *testing.T
	dir     string
	environ []string
	flags   []string
}

// run runs one command line in which %s, if any, is where flags go.
func (c *canaryCage) run(code int, args ...string) {
	c.t.Helper()
	cmd := redbookCommand(c.dir, append(args, append([]string{"--state-dir", "state"}, c.flags...)...)...)
	c.check(code, cmd.Args[1:])
}

// plain runs a verb that takes no variables.
func (c *canaryCage) plain(code int, args ...string) { c.t.Helper(); c.check(code, args) }

func (c *canaryCage) check(code int, args []string) {
	c.t.Helper()
	cmd := redbookCommand(c.dir, args...)
	cmd.Env = append(cmd.Env, c.environ...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }() // the exit code says it
	for done := false; !done; {
		c.commandLines()
		select {
		case <-ended:
			done = true
		case <-time.After(2 * time.Millisecond): // leave the machine to redbook
		}
	}
	if got := cmd.ProcessState.ExitCode(); got != code {
		c.t.Fatalf("redbook %v: exit code %d, want %d:\n%s", args, got, code, out.String())
	}
	if strings.Contains(out.String(), canary) {
		c.t.Errorf("redbook %v prints the secret:\n%s", args, out.String())
	}
	c.files()
}

// commandLines looks at the command lines of all processes.
func (c *canaryCage) commandLines() {
	paths, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range paths {
		line, err := os.ReadFile(path)
		if err == nil && bytes.Contains(line, []byte(canary)) {
			c.t.Errorf("the secret stands on a command line: %q", line)
		}
	}
}

// files looks into everything that redbook wrote.
func (c *canaryCage) files() {
	c.t.Helper()
	for _, root := range []string{"state", "plan.json"} {
		_ = filepath.WalkDir(filepath.Join(c.dir, root), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return nil // not written yet
			}
			if strings.Contains(readFile(c.t, path), canary) || strings.Contains(path, canary) {
				c.t.Errorf("the secret is in %s", path)
			}
			return nil
		})
	}
}

// TestCanary uses a secret in every way that there is and under every verb, well
// and badly, and finds it nowhere.
func TestCanary(t *testing.T) {
	for _, way := range canaryWays {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			c, server := newCanaryCage(t, way)
			c.plain(exitDone, "validate", "run.hcl")
			c.plain(exitDone, "fmt", "run.hcl")
			c.run(exitDone, "plan", "run.hcl")
			c.run(exitDone, "plan", "run.hcl", "--json", "--out", "plan.json")
			c.run(exitPaused, "run", "plan.json")
			c.run(exitHeld, "run", "run.hcl", "--yes")
			c.run(exitPaused, "resume", "--yes", "--json")
			writeFile(t, filepath.Join(c.dir, "go"), "")
			c.run(exitDone, "resume", "--yes")
			c.run(exitDone, "rollback", "--yes", "--to", "exec.gate")
			c.run(exitDone, "resume", "--yes")
			c.run(exitDone, "rollback", "--yes", "--json")
			c.run(exitDone, "run", "run.hcl", "--yes", "--json")
			c.plain(exitDone, "runs", "list", "--state-dir", "state")
			c.plain(exitDone, "runs", "show", "--state-dir", "state", "--json")
			c.failures(server)
		})
	}
}

// failures are the errors that a password can be part of.
func (c *canaryCage) failures(server *redisServer) {
	c.t.Helper()
	server.do("CONFIG", "SET", "requirepass", "another")
	if server.username != "" {
		server.do("ACL", "SETUSER", server.username, "resetpass", ">another")
	}
	c.run(exitUsage, "plan", "run.hcl") // wrong password
	c.run(exitUsage, "run", "run.hcl", "--yes", "--json")
	server.password = "another"
	server.do("CONFIG", "SET", "requirepass", "")
	server.do("ACL", "SETUSER", "default", "nopass")
	server.end(15)
	c.run(exitCheck, "plan", "run.hcl", "--var", "config="+server.conf()) // server down
	c.run(exitCheck, "run", "run.hcl", "--yes", "--json", "--var", "config="+server.conf())
	c.run(exitUsage, "plan", "broken.hcl")
}

func newCanaryCage(t *testing.T, way canaryWay) (*canaryCage, *redisServer) {
	dir := workDirectory(t)
	c := &canaryCage{t: t, dir: dir, environ: way.environ, flags: append([]string{"--var-file", "vars.hcl"}, way.flags...)}
	line := "requirepass " + canary
	if way.user != "" {
		line = fmt.Sprintf("user %s on >%s ~* &* +@all", way.user, canary)
	}
	server := newRedis(t, filepath.Join(dir, "redis"), line)
	server.username, server.password = way.user, canary
	server.start()
	server.do("SET", "shapes:triangles", "3 sides")
	arguments := strings.ReplaceAll(way.arguments, "$DIR", dir) + "\n  config = var.config"
	head := fmt.Sprintf(canaryHead, arguments) + "variable \"config\" {\n  default = null\n}\n"
	writeFile(t, filepath.Join(dir, "run.hcl"), head+fmt.Sprintf(canarySteps, filepath.Join(dir, "go")))
	// Mistakes whose messages show the place that they are about.
	writeFile(t, filepath.Join(dir, "broken.hcl"), head+"step \"exec\" \"leak\" {\n  argv = [\"echo\", var.password]\n}\nstep \"nothing\" \"x\" {}\n")
	for name, content := range way.files {
		writeFile(t, filepath.Join(dir, name), content)
	}
	return c, server
}
