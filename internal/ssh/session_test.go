package ssh_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"redbook/internal/ssh"
	"redbook/internal/sshtest"
)

func target(s *sshtest.Server) ssh.Target {
	return ssh.Target{Destination: sshtest.Host, Config: s.Config}
}

func TestSession(t *testing.T) {
	server := sshtest.Start(t)
	s, err := ssh.Dial(t.Context(), target(server))
	if err != nil {
		t.Fatal(err, server.Log(t))
	}
	if _, err := s.Stat(server.Dir); err != nil {
		t.Error(err)
	}
	s.Close()
	if _, err := s.Stat(server.Dir); !s.Lost(err) {
		t.Errorf("after Close it says %v", err)
	}
	out, err := ssh.Output(t.Context(), target(server), "echo "+ssh.Quote(`it's "$HOME"`+"\n-"))
	if want := `it's "$HOME"` + "\n-\n"; out != want || err != nil {
		t.Errorf("got %q, %v; want %q", out, err, want)
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(s *sshtest.Server)
		want  []string
	}{
		{"unknown key", func(s *sshtest.Server) { s.Forget(t) }, []string{"Host key verification failed", "connect once by hand", "ssh far"}},
		{"other key", func(s *sshtest.Server) { s.Know(t, s.NewKey(t, "other")) }, []string{"REMOTE HOST IDENTIFICATION HAS CHANGED", "ssh-keygen -R"}},
		{"no permission", func(s *sshtest.Server) { s.Refuse(t) }, []string{"Permission denied (publickey)", "no key of this user"}},
		{"nobody there", func(s *sshtest.Server) { s.Stop() }, []string{"Connection refused", "check host and port"}},
		{"no configuration", func(s *sshtest.Server) { s.Config += "-none" }, []string{"Can't open user config file", "check the path"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := sshtest.Start(t)
			c.spoil(server)
			_, err := ssh.Dial(t.Context(), target(server))
			var e *ssh.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("it does not say %q:\n%v", want, err)
				}
			}
		})
	}
}

// What answers may be no SFTP server, or no server at all.
func TestNoSFTP(t *testing.T) {
	for subsystem, want := range map[string]string{"other": "offers no sftp", "sftp": "must work by hand"} {
		server := sshtest.Start(t, sshtest.WithSubsystem(subsystem, "echo hello"))
		if _, err := ssh.Dial(t.Context(), target(server)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("subsystem %s: got %v, want %q", subsystem, err, want)
		}
	}
}

// The end of the context ends the connecting, whatever hangs.
func TestDialEnds(t *testing.T) {
	server := sshtest.Start(t, sshtest.WithSubsystem("sftp", "exec sleep 1000"))
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errors.New("patience is over"))
	defer cancel()
	if _, err := ssh.Dial(ctx, target(server)); err == nil || !strings.Contains(err.Error(), "patience is over") {
		t.Errorf("got %v", err)
	}
}

func TestCheckDestination(t *testing.T) {
	for d, want := range map[string]string{
		"host": "", "user@host": "", "user@host.example.org": "", "ssh://user@host:22": "", "ssh://host": "", "ssh://[::1]:22": "",
		"::1": "", "a.b@host": "", "user@realm@host": "",
		"":                        "is empty",
		"-oProxyCommand=sh":       "option",
		"a@-b":                    "names no host",
		"user@":                   "names no host",
		"@host":                   "no plain user",
		"host one":                "blanks",
		"host\n":                  "blanks",
		"host;sh":                 "shell",
		"$(sh)":                   "shell",
		"user:secret@host":        "without a password",
		"ssh://user:secret@host":  "holds a password",
		"ssh://user@host:22/path": "path has an argument",
		"ssh://":                  "write it as",
		"ssh://host:port":         "write it as",
		"host:22":                 "ssh://host:22",
		"host:/path":              "path has an argument",
	} {
		err := ssh.CheckDestination(d)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: got %v, want %q", d, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") && want == "holds a password" {
			t.Errorf("%q: the error tells the password: %v", d, err)
		}
	}
}
