package runbook

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"redbook/runbook/host"
)

// password finds the password; the zero Secret when there is none.
func (s *Scope) password(b *RedisBlock) (host.Secret, hcl.Diagnostics) {
	given, diags := s.passwordArguments(b)
	if diags.HasErrors() || s.validating {
		return host.Secret{}, diags
	}
	var secret string
	var err error
	at := b.Range
	switch {
	case given.file != "":
		at = b.args["password_file"].Expr.Range()
		secret, err = s.env.passwordFile(given.file)
	case given.command != nil:
		at = b.args["password_command"].Expr.Range()
		secret, err = s.env.passwordCommand(given.command)
	case given.password.Given():
		return given.password, diags
	default:
		secret, err = s.env.passwordOutside()
	}
	if err != nil {
		diags = append(diags, errorAt(at, "No password", "The password of redis.%s cannot be had: %s.", b.Name, err))
	}
	return host.NewSecret(secret), diags
}

// passwordSources is what a redis block says of its password.
type passwordSources struct {
	password host.Secret
	file     string
	command  []string
}

func (s *Scope) passwordArguments(b *RedisBlock) (passwordSources, hcl.Diagnostics) {
	var given passwordSources
	f := argumentReader{scope: s}
	count := 0
	if a := b.args["password"]; a != nil {
		given.password = s.secret(a, &f.diags)
		if given.password.Given() {
			count++
		}
	}
	if a := b.args["password_file"]; a != nil && f.text(a, &given.file, checkAbsolute) {
		count++
	}
	if a := b.args["password_command"]; a != nil && f.list(a, &given.command) {
		count++
	}
	if count > 1 {
		f.diags = append(f.diags, errorAt(b.Range, "Several passwords",
			"The redis block %q says in more than one way where its password comes from: keep one of password, password_file and password_command.", b.Name))
	}
	return given, f.diags
}

// secret evaluates an argument that takes a sensitive value.
func (s *Scope) secret(a *hcl.Attribute, to *hcl.Diagnostics) host.Secret {
	val, diags := s.evaluate(a.Expr)
	*to = append(*to, diags...)
	if diags.HasErrors() {
		return host.Secret{}
	}
	arg := argument{name: a.Name, secret: true, typ: argumentTypes[secretType]}
	literal := len(a.Expr.Variables()) == 0 && !val.ContainsMarked() && !val.IsNull()
	val, d := s.fit(&arg, a, val)
	switch {
	case d != nil:
		*to = append(*to, d)
		return host.Secret{}
	case val == cty.NilVal || !val.IsKnown():
		return host.Secret{}
	case literal:
		w := warningAt(a.NameRange, "Password in the runbook",
			"Everyone who can read the runbook can read the password. Use a variable with sensitive = true, password_file or password_command.")
		w.Extra = secretSource{}
		*to = append(*to, w)
	}
	return host.NewSecret(val.AsString())
}

func (e Environment) passwordFile(path string) (string, error) {
	content, mode, err := e.readFile(path)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	if mode.Perm()&0o007 != 0 {
		return "", fmt.Errorf("every user of this machine can get at %s (mode %04o): chmod 0600 %s, or 0640 with a group of its own", path, mode.Perm(), path)
	}
	return firstLine(content, path)
}

func (e Environment) passwordCommand(argv []string) (string, error) {
	out, err := e.command(argv)
	if err != nil {
		return "", fmt.Errorf("run %s: %w", argv[0], err)
	}
	return firstLine(out, argv[0])
}

// passwordOutside looks where systemd and redis-cli keep a password.
func (e Environment) passwordOutside() (string, error) {
	if dir := e.getenv("CREDENTIALS_DIRECTORY"); dir != "" {
		secret, err := e.passwordFile(filepath.Join(dir, "redis-password"))
		if !errors.Is(err, fs.ErrNotExist) {
			return secret, err
		}
	}
	return e.getenv("REDISCLI_AUTH"), nil
}

// firstLine is the password in what a file or a command holds: one line.
func firstLine(content []byte, from string) (string, error) {
	text := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	switch {
	case text == "":
		return "", fmt.Errorf("%s holds no password", from)
	case strings.ContainsAny(text, "\r\n"):
		return "", fmt.Errorf("%s holds more than one line: a password is one line", from)
	}
	return text, nil
}
