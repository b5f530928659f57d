package schedule

import "testing"

func TestArgument(t *testing.T) {
	for word, want := range map[string]string{
		"plain":       `plain`,
		"":            `""`,
		";":           `";"`,
		"a b":         `"a b"`,
		"100%":        `100%%`,
		"$HOME ${x}":  `"$$HOME $${x}"`,
		`"q"`:         `"\"q\""`,
		"it's":        `"it's"`,
		`back\slash`:  `"back\\slash"`,
		"line\nbreak": `"line\x0abreak"`,
		"été—冬":       `été—冬`,
		"-x":          `-x`,
		"\x01\x7f":    `"\x01\x7f"`,
	} {
		if got := argument(word); got != want {
			t.Errorf("%q: got %s, want %s", word, got, want)
		}
	}
}

func TestCommandLineRefuses(t *testing.T) {
	for name, argv := range map[string][]string{
		"no program":         nil,
		"a relative program": {"redbook"},
		"a $ in the program": {"/opt/$x/redbook"},
		"bytes":              {"/bin/redbook", "\xff"},
	} {
		if line, err := commandLine(argv); err == nil {
			t.Errorf("%s: got %s", name, line)
		}
	}
}

func TestPaths(t *testing.T) {
	for path, want := range map[string]struct{ writable, credential string }{
		"/srv/backups":    {"-/srv/backups", "/srv/backups"},
		"/srv/a b":        {`"-/srv/a b"`, ""},
		`/srv/%h "q"\x`:   {`"-/srv/%%h \"q\"\\x"`, ""},
		"/srv/it's":       {`"-/srv/it's"`, ""},
		"/srv/été":        {"-/srv/été", "/srv/été"},
		"/srv/100%":       {"-/srv/100%%", "/srv/100%%"},
		"relative":        {},
		"/line\nbreak":    {},
		"/bytes/\xff":     {},
		"/srv/$x/${HOME}": {"-/srv/$x/${HOME}", "/srv/$x/${HOME}"},
	} {
		writable, err := writablePath(path)
		if writable != want.writable || (err == nil) != (want.writable != "") {
			t.Errorf("%q in a list: got %s, %v, want %s", path, writable, err, want.writable)
		}
		credential, err := credentialPath(path)
		if credential != want.credential || (err == nil) != (want.credential != "") {
			t.Errorf("%q as a credential: got %s, %v, want %s", path, credential, err, want.credential)
		}
	}
}
