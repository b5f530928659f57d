package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"redbook/internal/safefs"
	"redbook/internal/schedule"
)

const (
	// serverPassword is the credential that a redis block without a password takes.
	serverPassword = "redis-password"
	// maxSecret is the most that systemd takes as a credential.
	maxSecret = 1 << 20
)

// readCredentials reads --credential NAME=FILE, and what a run will find in its
// environment for it.
func (s *scheduledRun) readCredentials(given []string) (env map[string]string, err error) {
	env = map[string]string{}
	for _, c := range given {
		name, path, ok := strings.Cut(c, "=")
		if !ok || name == "" || path == "" {
			return nil, fmt.Errorf("--credential %s: write it as NAME=FILE", c)
		}
		if path, err = filepath.Abs(path); err != nil {
			return nil, err
		}
		if err := s.checkCredential(name); err != nil {
			return nil, err
		}
		if err := checkPrivate(path); err != nil {
			return nil, fmt.Errorf("--credential %s: %w", name, err)
		}
		content, err := safefs.ReadFile(path, maxSecret)
		if err != nil {
			return nil, fmt.Errorf("--credential %s: %w", name, err)
		}
		variable := "REDBOOK_VAR_" + name
		if name == serverPassword && s.variable(name) == nil {
			variable = "REDISCLI_AUTH" // which is asked where there is no such credential
		}
		env[variable] = secretOf(content)
		s.credentials = append(s.credentials, schedule.Credential{Name: name, Path: path})
	}
	return env, nil
}

func (s *scheduledRun) checkCredential(name string) error {
	for _, c := range s.credentials {
		if c.Name == name {
			return fmt.Errorf("--credential %s is given twice", name)
		}
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r > '~' }) {
		return fmt.Errorf("--credential %s: systemd takes names of plain ASCII alone; use a --var-file with mode 0600", name)
	}
	if name == serverPassword || s.variable(name) != nil {
		return nil
	}
	names := []string{serverPassword}
	for _, v := range s.runbook.Variables {
		if v.Sensitive {
			names = append(names, v.Name)
		}
	}
	return fmt.Errorf("--credential %s: the runbook has no such variable; NAME may be %s", name, strings.Join(names, " or "))
}

// secretOf is what a file holds without the line break at its end.
func secretOf(content []byte) string {
	return strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
}

// environment is w.getenv, in which a REDBOOK_VAR_x that is not set has the content of the
// credential x, as LoadCredential= of systemd makes it.
func (w *world) environment() (func(string) string, error) {
	dir := w.getenv("CREDENTIALS_DIRECTORY")
	if dir == "" {
		return w.getenv, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	values := map[string]string{}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("read credential: %w", err)
		}
		values["REDBOOK_VAR_"+e.Name()] = secretOf(content)
	}
	return func(name string) string {
		if value := w.getenv(name); value != "" {
			return value
		}
		return values[name]
	}, nil
}
