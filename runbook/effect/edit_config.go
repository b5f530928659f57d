package effect

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"redbook/internal/redisconf"
	"redbook/runbook/host"
)

// EditConfig sets one directive in redis.conf, in the file among its includes
// where the directive stands, and leaves every other byte as it is. Only the
// lines that change are kept for the undo: the rest of the file may hold
// passwords.
type EditConfig struct {
	Config string  `json:"config"` // the main file, as the server is given it
	Name   string  `json:"name"`
	Value  string  `json:"value"`
	Before *Splice `json:"before,omitempty"`
}

// A Splice is the change of one stretch of a file, both ways.
type Splice struct {
	File   string `json:"file"`
	Offset int    `json:"offset"` // in bytes
	Old    string `json:"old"`
	New    string `json:"new"`
	OldSum string `json:"old_sha256"` // of the whole file
	NewSum string `json:"new_sha256"`
}

// secretDirectives hold secrets, which must not reach a plan or a journal.
var secretDirectives = []string{"requirepass", "masterauth", "user", "tls-key-file-pass", "tls-client-key-file-pass"}

func (*EditConfig) Kind() string { return "edit-config" }

func (e *EditConfig) Change() Change {
	c := Change{Action: "edit", Target: e.Config, Detail: e.Name + " " + e.Value, Class: Reversible}
	if e.Before != nil {
		c.Target = e.Before.File
		c.Diff = diffLines("-", e.Before.Old) + diffLines("+", e.Before.New)
	}
	return c
}

func diffLines(sign, text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(sign + strings.TrimRight(line, "\r\n") + "\n")
	}
	return b.String()
}

func (e *EditConfig) Prepare(_ context.Context, r host.Reader) error {
	if slices.Contains(secretDirectives, strings.ToLower(e.Name)) {
		return fmt.Errorf("edit %s: %s holds a secret, which redbook does not write into plans and journals; edit it by hand", e.Config, e.Name)
	}
	conf, err := LoadConfig(r, e.Config)
	if err != nil {
		return err
	}
	edit, err := conf.Set(e.Name, e.Value)
	if err != nil {
		return fmt.Errorf("edit %s: %w", e.Config, err)
	}
	s := splice(edit.Old, edit.New)
	s.File = edit.File
	e.Before = &s
	return nil
}

// LoadConfig reads redis.conf and its includes as the machine shows them.
func LoadConfig(r host.Files, path string) (*redisconf.Config, error) {
	read := func(p string) ([]byte, error) { return host.ReadFile(r, p, host.MaxConfigSize) }
	glob := func(pattern string) ([]string, error) { return host.Glob(r, pattern) }
	return redisconf.Load(path, read, glob)
}

// splice finds the smallest stretch of whole lines in which two files differ.
func splice(before, after []byte) Splice {
	a, b := bytes.SplitAfter(before, []byte("\n")), bytes.SplitAfter(after, []byte("\n"))
	head, offset := 0, 0
	for head < min(len(a), len(b)) && bytes.Equal(a[head], b[head]) {
		offset += len(a[head])
		head++
	}
	a, b = a[head:], b[head:]
	for len(a) > 0 && len(b) > 0 && bytes.Equal(a[len(a)-1], b[len(b)-1]) {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return Splice{
		Offset: offset,
		Old:    string(bytes.Join(a, nil)),
		New:    string(bytes.Join(b, nil)),
		OldSum: sum(before),
		NewSum: sum(after),
	}
}

func sum(content []byte) string {
	s := sha256.Sum256(content)
	return hex.EncodeToString(s[:])
}

func (e *EditConfig) Do(ctx context.Context, m host.Machine) error {
	if e.Before.Old == e.Before.New {
		return nil
	}
	return e.replace(ctx, m, e.Before.Old, e.Before.New, e.Before.OldSum)
}

func (e *EditConfig) Undo(ctx context.Context, m host.Machine, _ Undo) ([]string, error) {
	s := e.Before
	now, err := host.ReadFile(m, s.File, host.MaxConfigSize)
	if err != nil {
		return nil, fmt.Errorf("undo edit: %w", err)
	}
	switch sum(now) {
	case s.OldSum:
		if err := e.removePart(ctx, m); err != nil {
			return nil, err
		}
		return nil, settle(ctx, m, s.File)
	case s.NewSum:
		return nil, e.replace(ctx, m, s.New, s.Old, s.NewSum)
	}
	return e.undoForeign(ctx, m, now)
}

// undoForeign is the undo in a file that somebody else edited too, CONFIG
// REWRITE perhaps: only our lines are taken back, if they can be told from all
// others.
func (e *EditConfig) undoForeign(ctx context.Context, m host.Machine, now []byte) ([]string, error) {
	s := e.Before
	at, ours := findLines(now, s.New)
	_, theirs := findLines(now, s.Old)
	switch {
	case ours == 1:
		restored := slices.Concat(now[:at], []byte(s.Old), now[at+len(s.New):])
		if err := m.ReplaceFile(ctx, s.File, restored); err != nil {
			return nil, fmt.Errorf("undo edit: %w", err)
		}
		return []string{fmt.Sprintf("%s was changed by somebody else after the run; only redbook's line was taken back", s.File)}, nil
	case ours == 0 && (theirs == 1 || s.Old == ""): // taken back already
		return []string{fmt.Sprintf("%s was changed by somebody else after the run; redbook's line is no longer in it", s.File)}, nil
	}
	return nil, fmt.Errorf("undo edit: %s was changed by somebody else and redbook's line is not to be found in it; "+
		"set it by hand: instead of %q it said %q", s.File, s.New, s.Old)
}

// findLines counts the places in content where whole lines read as given, and
// tells the first.
func findLines(content []byte, lines string) (first, count int) {
	for from := 0; lines != "" && from < len(content); {
		if bytes.HasPrefix(content[from:], []byte(lines)) {
			if count++; count == 1 {
				first = from
			}
		}
		next := bytes.IndexByte(content[from:], '\n')
		if next < 0 {
			break
		}
		from += next + 1
	}
	return first, count
}

func (e *EditConfig) removePart(ctx context.Context, m host.Machine) error {
	part := host.PartName(e.Before.File)
	if _, exists, err := lookup(m, part); err != nil || !exists {
		return err
	}
	return m.Remove(ctx, part)
}

// replace puts one text for another at the splice's place, in a file that is
// exactly as it was when the splice was made.
func (e *EditConfig) replace(ctx context.Context, m host.Machine, from, to, wantSum string) error {
	s := e.Before
	now, err := host.ReadFile(m, s.File, host.MaxConfigSize)
	if err != nil {
		return fmt.Errorf("edit %s: %w", s.File, err)
	}
	if sum(now) != wantSum {
		return fmt.Errorf("edit %s: it was changed by somebody else a moment ago; plan again", s.File)
	}
	content := slices.Concat(now[:s.Offset], []byte(to), now[s.Offset+len(from):])
	if err := m.ReplaceFile(ctx, s.File, content); err != nil {
		return fmt.Errorf("edit %s: %w", s.File, err)
	}
	return nil
}
