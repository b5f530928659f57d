package redisconf

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Edit is the content of one file before and after a change. Old equals New if there is none to make.
type Edit struct {
	File     string
	Old, New []byte
}

// Set returns the edit that puts args in effect for name: the line that is in effect now is changed where
// it stands, in whatever file; without one, a line is added to the end of the main file, which no include can
// override. All other bytes stay as they are. Nothing is to be done if args are in effect already, be it by
// default. Save points are written one a line, as 6.x needs them.
//
// A directive that accumulates, other than save, and a value that the format cannot hold are errors. Set does not
// change c: to set more than one directive in a file, Load again in between.
func (c *Config) Set(name string, args ...string) (Edit, error) {
	args, err := checkArgs(name, args)
	if err != nil {
		return Edit{}, fmt.Errorf("set %s: %w", name, err)
	}
	all := c.All(name)
	edit := c.unchanged(c.path)
	if len(all) > 0 {
		edit = c.unchanged(all[len(all)-1].File)
	}
	if c.inEffect(name, args) {
		return edit, nil
	}
	if len(all) > 0 {
		err = replaceLine(&edit, all, args)
	} else {
		appendLines(&edit, name, argGroups(name, args))
	}
	if err == nil {
		err = c.verify(edit, name, args)
	}
	if err != nil {
		return Edit{}, fmt.Errorf("set %s: %w", name, err)
	}
	return edit, nil
}

func (c *Config) unchanged(file string) Edit {
	return Edit{File: file, Old: c.contents[file], New: c.contents[file]}
}

// inEffect says whether args would change nothing. The default of save does not count: it depends on the version.
func (c *Config) inEffect(name string, args []string) bool {
	if now, ok := c.Value(name); ok {
		return slices.Equal(now, args)
	}
	value, ok := Default(name)
	return ok && Canonical(name) != "save" && value == normalize(name, strings.Join(args, " "))
}

func checkArgs(name string, args []string) ([]string, error) {
	if name == "" || strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
		return nil, errors.New("not the name of a directive")
	}
	canonical := Canonical(name)
	if Accumulates(canonical) && canonical != "save" {
		return nil, errors.New("every line with this name counts; edit the file by hand")
	}
	if takesList(canonical) && len(args) == 1 && args[0] != "" {
		var err error
		if args, err = SplitArgs(args[0]); err != nil {
			return nil, err
		}
	}
	if len(args) == 0 || len(args) > 1 && !takesList(canonical) && !strings.Contains(name, ".") {
		return nil, fmt.Errorf("%d arguments where it takes one", len(args))
	}
	if strings.Contains(strings.Join(args, ""), "\x00") {
		return nil, errors.New("a value cannot hold a NUL byte")
	}
	if canonical == "save" {
		_, err := parseSavePoints(args)
		return args, err
	}
	return args, nil
}

// argGroups returns the arguments of each line to write.
func argGroups(name string, args []string) []string {
	if Canonical(name) != "save" || len(args) == 1 {
		return []string{quoteAll(args)}
	}
	var groups []string
	for pair := range slices.Chunk(args, 2) {
		groups = append(groups, quoteAll(pair))
	}
	return groups
}

// replaceLine changes the arguments of the last of all; its name, indentation and line ending stay.
func replaceLine(edit *Edit, all []Directive, args []string) error {
	d := all[len(all)-1]
	if d.runsInto != "" {
		return fmt.Errorf("%s:%d: the file has no newline at its end, so Redis joins this line with the first of %s; add the newline first",
			d.File, d.Line, d.runsInto)
	}
	groups := argGroups(d.Name, args)
	if d.Name == "save" && len(all) > 1 && !isEmptyArg(args) {
		groups = append([]string{`""`}, groups...) // takes back the points of the lines before
	}
	before, after := d.text[:d.argsStart], d.text[d.argsEnd:]
	if len(d.Args) == 0 && d.argsStart == d.argsEnd {
		before += " "
	}
	newline := "\n" // the carriage return, if there is one, is the end of d.text
	if !d.hasNewline {
		newline = lineEnding(edit.Old)
	}
	var lines []string
	for _, group := range groups {
		lines = append(lines, before+group+after)
	}
	edit.New = slices.Concat(edit.Old[:d.offset], []byte(strings.Join(lines, newline)), edit.Old[d.offset+len(d.text):])
	return nil
}

// appendLines adds lines at the end; a file whose last line lacks its newline goes on lacking it.
func appendLines(edit *Edit, name string, groups []string) {
	newline := lineEnding(edit.Old)
	var lines []string
	for _, group := range groups {
		lines = append(lines, name+" "+group)
	}
	added := strings.Join(lines, newline)
	if len(edit.Old) == 0 || bytes.HasSuffix(edit.Old, []byte("\n")) {
		added += newline
	} else {
		added = newline + added
	}
	edit.New = append(bytes.Clone(edit.Old), added...)
}

func lineEnding(content []byte) string {
	if at := bytes.IndexByte(content, '\n'); at > 0 && content[at-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// verify reads the configuration with the edit and makes sure that it does what was asked, and nothing else. This finds,
// for instance, a dir line whose change would make Redis look elsewhere for an include behind it.
func (c *Config) verify(edit Edit, name string, args []string) error {
	after, err := c.reload(edit)
	if err != nil {
		return fmt.Errorf("the change would break the configuration: %w", err)
	}
	if now, _ := after.Value(name); !slices.Equal(now, args) {
		return fmt.Errorf("%s cannot hold the value: it would be read as %s", edit.File, quoteAll(now))
	}
	if !slices.EqualFunc(c.except(name), after.except(name), sameMeaning) {
		return fmt.Errorf("the change to %s would change other directives too", edit.File)
	}
	return nil
}

// reload reads the configuration with edit done, from memory alone.
func (c *Config) reload(edit Edit) (*Config, error) {
	read := func(path string) ([]byte, error) {
		if path == edit.File {
			return edit.New, nil
		}
		if content, known := c.contents[path]; known {
			return content, nil
		}
		return nil, fmt.Errorf("%s would be included then, and is not now", path)
	}
	if c.globbed == nil {
		return Load(c.path, read, nil)
	}
	return Load(c.path, read, func(pattern string) ([]string, error) {
		if paths, known := c.globbed[pattern]; known {
			return paths, nil
		}
		return nil, fmt.Errorf("%s would be included then, and is not now", pattern)
	})
}

func (c *Config) except(name string) []Directive {
	return slices.DeleteFunc(slices.Clone(c.directives), func(d Directive) bool { return d.Name == Canonical(name) })
}

func sameMeaning(a, b Directive) bool { return a.Name == b.Name && slices.Equal(a.Args, b.Args) }
