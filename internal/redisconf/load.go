package redisconf

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// maxDepth is how deep includes may nest. Redis has no limit and dies of it.
const maxDepth = 16

// Load reads the configuration file at path and what it includes. read returns a file's content; glob
// returns the files that match a pattern, sorted, and nothing if there are none, as filepath.Glob does (nil: no
// include may hold a pattern, which is so before 7.0). A relative include counts, as for Redis, from the
// working directory: the dir line before it, or else it is handed to read as written. A line that Redis refuses
// to read is an error that starts with FILE:LINE; names and values are not checked.
func Load(path string, read func(path string) ([]byte, error), glob func(pattern string) ([]string, error)) (*Config, error) {
	c := &Config{path: path, contents: map[string][]byte{}}
	if glob != nil {
		c.globbed = map[string][]string{}
	}
	l := loader{Config: c, read: read, glob: glob}
	if err := l.load([]string{path}); err != nil {
		return nil, err
	}
	return c, nil
}

type loader struct {
	*Config
	read  func(string) ([]byte, error)
	glob  func(string) ([]string, error)
	stack []string // the files that are being read, outermost first
}

// load reads the files of one include. Redis joins them before it looks for lines.
func (l *loader) load(paths []string) error {
	for _, path := range paths {
		if err := l.open(path); err != nil {
			return err
		}
	}
	for _, line := range l.lines(paths) {
		d, err := parseLine(line)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", line.File, line.Line, err)
		}
		if d.Name == "" {
			continue
		}
		l.directives = append(l.directives, d)
		if err := l.follow(d); err != nil {
			return fmt.Errorf("%s:%d: %w", d.File, d.Line, err)
		}
	}
	return nil
}

func (l *loader) open(path string) error {
	if _, known := l.contents[path]; known {
		return nil
	}
	content, err := l.read(path)
	if err != nil {
		return fmt.Errorf("read redis configuration: %w", err)
	}
	if at := bytes.IndexByte(content, 0); at >= 0 {
		return fmt.Errorf("%s:%d: a NUL byte, behind which Redis does not read", path, 1+bytes.Count(content[:at], []byte("\n")))
	}
	l.contents[path] = content
	l.files = append(l.files, path)
	return nil
}

// lines cuts files into lines. The last line of a file that has no newline goes on with the first of the next.
func (l *loader) lines(paths []string) []Directive {
	var lines []Directive
	goesOn := false
	for _, path := range paths {
		offset, number := 0, 0
		for raw := range strings.Lines(string(l.contents[path])) {
			text, ended := strings.CutSuffix(raw, "\n")
			number++
			if !goesOn {
				lines = append(lines, Directive{File: path, Line: number, text: text, offset: offset, hasNewline: ended})
			} else if text != "" {
				last := &lines[len(lines)-1]
				last.text, last.runsInto = last.text+text, path
			}
			goesOn = !ended
			offset += len(raw)
		}
	}
	return lines
}

// parseLine fills in name and arguments; the name stays empty for a blank line or a comment.
func parseLine(d Directive) (Directive, error) {
	trimmed := strings.TrimLeft(d.text, " \t\r")
	if trimmed == "" || trimmed[0] == '#' {
		return d, nil
	}
	tokens, err := split(d.text)
	if err != nil || len(tokens) == 0 {
		return d, err
	}
	d.Name = Canonical(tokens[0].value)
	for _, t := range tokens[1:] {
		d.Args = append(d.Args, t.value)
	}
	d.argsStart, d.argsEnd = tokens[0].end, tokens[0].end
	if len(tokens) > 1 {
		d.argsStart, d.argsEnd = tokens[1].start, tokens[len(tokens)-1].end
	}
	if takesList(d.Name) && len(d.Args) == 1 && d.Args[0] != "" {
		if d.Args, err = SplitArgs(d.Args[0]); err != nil {
			return d, err
		}
	}
	return d, nil
}

// follow does what a line makes Redis do while it reads: change directory, read another file.
func (l *loader) follow(d Directive) error {
	switch {
	case d.Name == "dir" && len(d.Args) == 1:
		l.dir = l.resolve(d.Args[0])
	case d.Name == "include" && len(d.Args) == 1:
		return l.include(d)
	}
	return nil
}

func (l *loader) include(d Directive) error {
	path := d.Args[0]
	paths := []string{l.resolve(path)}
	if strings.ContainsAny(path, "*?[") && l.glob != nil {
		var err error
		if paths, err = l.match(path); err != nil {
			return fmt.Errorf("include %s: %w", path, err)
		}
	}
	for _, p := range paths {
		if p == l.path || slices.Contains(l.stack, p) {
			return fmt.Errorf("include %s: %s includes itself; remove one of the includes", path, p)
		}
	}
	if len(l.stack) == maxDepth {
		return fmt.Errorf("include %s: includes nest deeper than %d", path, maxDepth)
	}
	outer := len(l.stack)
	l.stack = append(l.stack, paths...)
	err := l.load(paths)
	l.stack = l.stack[:outer]
	return err
}

func (l *loader) match(pattern string) ([]string, error) {
	if !filepath.IsAbs(pattern) && l.dir != "" {
		escape := strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)
		pattern = filepath.Join(escape.Replace(l.dir), pattern)
	}
	if paths, known := l.globbed[pattern]; known {
		return paths, nil
	}
	paths, err := l.glob(pattern)
	l.globbed[pattern] = paths
	return paths, err
}

func (l *loader) resolve(path string) string {
	if filepath.IsAbs(path) || l.dir == "" {
		return path
	}
	return filepath.Join(l.dir, path)
}
