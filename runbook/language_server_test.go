package runbook

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"redbook/runbook/host"
)

func TestPasswordSources(t *testing.T) {
	file := func(content string, mode fs.FileMode) func(string) ([]byte, fs.FileMode, error) {
		return func(path string) ([]byte, fs.FileMode, error) {
			if path != "/run/creds/redis-password" && path != "/etc/password" {
				return nil, 0, fs.ErrNotExist
			}
			return []byte(content), mode, nil
		}
	}
	command := func(out string, err error) func([]string) ([]byte, error) {
		return func([]string) ([]byte, error) { return []byte(out), err }
	}
	creds := getenv("CREDENTIALS_DIRECTORY", "/run/creds", "REDISCLI_AUTH", "from rediscli")
	tests := []struct {
		name  string
		block string
		env   Environment
		want  string // the password
		fails string // in the diagnostic
	}{
		{"none", "", Environment{}, "", ""},
		{"rediscli", "", Environment{Getenv: getenv("REDISCLI_AUTH", "pw")}, "pw", ""},
		{"credentials", "", Environment{Getenv: creds, ReadFile: file("pw\n", 0o400)}, "pw", ""},
		{"credentials without the file", "", Environment{
			Getenv:   getenv("CREDENTIALS_DIRECTORY", "/elsewhere", "REDISCLI_AUTH", "pw"),
			ReadFile: file("", 0),
		}, "pw", ""},
		{"null is as if left out", "password = null", Environment{Getenv: getenv("REDISCLI_AUTH", "pw")}, "pw", ""},
		{"sensitive variable", "password = var.password", Environment{Getenv: getenv("REDISCLI_AUTH", "other")}, "from variable", ""},
		{"file", `password_file = "/etc/password"`, Environment{Getenv: creds, ReadFile: file("pw\r\n", 0o640)}, "pw", ""},
		{"open file", `password_file = "/etc/password"`, Environment{ReadFile: file("pw", 0o644)}, "", "chmod 0600 /etc/password"},
		{"empty file", `password_file = "/etc/password"`, Environment{ReadFile: file("\n", 0o600)}, "", "holds no password"},
		{"two lines", `password_file = "/etc/password"`, Environment{ReadFile: file("a\nb\n", 0o600)}, "", "more than one line"},
		{"missing file", `password_file = "/etc/other"`, Environment{ReadFile: file("", 0)}, "", "file does not exist"},
		{"relative file", `password_file = "password"`, Environment{ReadFile: file("pw", 0o600)}, "", "must be absolute"},
		{"command", `password_command = ["pass", "redis"]`, Environment{Command: command("pw\n", nil)}, "pw", ""},
		{"failing command", `password_command = ["pass"]`, Environment{Command: command("pw", errors.New("locked"))}, "", "run pass: locked"},
		{"null file beside password", "password_file = null\n password = var.password", Environment{}, "from variable", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := load(t, "test.hcl", `
variable "password" {
  sensitive = true
  default   = "from variable"
}
redis "main" {
  address = "127.0.0.1:6379"
  `+test.block+`
}
step "nothing" "a" {}
`)
			c, diags := server(t, r, test.env)
			if got := c.Password.Reveal(); got != test.want {
				t.Errorf("password %q, want %q", got, test.want)
			}
			text := unwrapped(printed(t, r, diags))
			if diags.HasErrors() != (test.fails != "") || !strings.Contains(text, test.fails) {
				t.Errorf("got %s, want %q", text, test.fails)
			}
		})
	}
}

func server(t *testing.T, r *Runbook, env Environment) (host.ServerConfig, hcl.Diagnostics) {
	t.Helper()
	vars, diags := r.Resolve(Inputs{})
	if diags.HasErrors() {
		t.Fatal(printed(t, r, diags))
	}
	s, diags := r.NewScope(vars, env)
	if diags.HasErrors() {
		t.Fatal(printed(t, r, diags))
	}
	return s.Server(r.Redis[0])
}

func TestPasswordsOfTheMachine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte("pw\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var env Environment
	if got, err := env.passwordFile(path); err != nil || got != "pw" {
		t.Errorf("file: got %q, %v", got, err)
	}
	if got, err := env.passwordCommand([]string{"cat", path}); err != nil || got != "pw" {
		t.Errorf("command: got %q, %v", got, err)
	}
	_, err := env.passwordCommand([]string{"cat", path + ".missing"})
	if err == nil || !strings.Contains(err.Error(), "No such file") {
		t.Errorf("failing command: got %v, want what it said", err)
	}
	if _, err := env.passwordFile(filepath.Dir(path)); err == nil {
		t.Error("a directory was read as a password")
	}
}
