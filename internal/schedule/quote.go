package schedule

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// argument writes a word of ExecStart= so that the command gets it as it is: no specifier
// (%), no variable ($), no quote and no escape of it means anything (systemd.service(5),
// "Command lines").
func argument(word string) string {
	var b strings.Builder
	plain := word != "" && word != ";"
	for _, c := range []byte(word) {
		switch {
		case c == '%' || c == '$':
			b.WriteByte(c)
			b.WriteByte(c)
			continue
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
			if c != ' ' && c != '\'' {
				continue
			}
		}
		plain = false
	}
	if plain {
		return b.String()
	}
	return `"` + b.String() + `"`
}

// commandLine writes an ExecStart= line's value.
func commandLine(argv []string) (string, error) {
	if len(argv) == 0 || !strings.HasPrefix(argv[0], "/") {
		return "", fmt.Errorf("the program %q has no absolute path", argv)
	}
	if strings.ContainsAny(argv[0], "$") { // systemd looks for variables in the arguments alone
		return "", fmt.Errorf("systemd cannot run %s: its path holds a $", argv[0])
	}
	words := make([]string, len(argv))
	for i, word := range argv {
		if !utf8.ValidString(word) {
			return "", fmt.Errorf("%q is not UTF-8, and systemd takes nothing else", word)
		}
		words[i] = argument(word)
	}
	return strings.Join(words, " "), nil
}

// checkPath refuses a path that a setting of systemd, or a line of a crontab, cannot hold.
func checkPath(path string) error {
	switch {
	case !strings.HasPrefix(path, "/"):
		return fmt.Errorf("the path %q is not absolute", path)
	case !utf8.ValidString(path) || strings.ContainsFunc(path, unicode.IsControl):
		return fmt.Errorf("the path %q holds bytes that are no text", path)
	}
	return nil
}

// writablePath writes a path for ReadWritePaths=. The dash has systemd pass over one that is
// not there: the command says more of that than systemd would.
func writablePath(path string) (string, error) {
	if err := checkPath(path); err != nil {
		return "", err
	}
	quoted := "-" + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `%`, `%%`).Replace(path)
	if strings.ContainsAny(path, ` '"\`) {
		quoted = `"` + quoted + `"`
	}
	return quoted, nil
}

// credentialPath writes a path for LoadCredential=. systemd takes any there, and from version
// 254 on does not start the service of one that has a space or needs a quote.
func credentialPath(path string) (string, error) {
	if err := checkPath(path); err != nil {
		return "", err
	}
	if strings.ContainsAny(path, ` '"\`) {
		return "", fmt.Errorf("systemd cannot load a credential from %q: give it a path without spaces, quotes and backslashes", path)
	}
	return strings.ReplaceAll(path, "%", "%%"), nil
}

// text writes text into a setting that expands specifiers, such as Description=. A backslash
// at its end would go on with the next line.
func text(s string) string {
	s = strings.ReplaceAll(s, "%", "%%")
	if strings.HasSuffix(s, `\`) {
		s += " "
	}
	return s
}
