package aof

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Types of the files that a manifest names (aof.c).
const (
	TypeBase        = 'b' // the dataset at the last rewrite; an RDB dump or commands
	TypeIncremental = 'i' // the commands since, in order of their sequence numbers
	TypeHistory     = 'h' // replaced by a rewrite, soon to be deleted by the server
)

// An Entry is one file of a multi-part append-only file.
type Entry struct {
	Name  string // of a file in the manifest's directory
	Seq   int
	Type  byte   // 'b', 'i' or 'h'
	Extra string // what newer servers add, as it stands in the file; "" for none
}

// A Manifest lists the files that are one multi-part append-only file, in the file's order.
type Manifest struct{ Entries []Entry }

// ErrManifest is the cause of all errors of [ParseManifest] but those of the reader.
var ErrManifest = errors.New("invalid AOF manifest")

// maxLine is the longest line that a server reads, its newline included (aof.c, MANIFEST_MAX_LINE).
const maxLine = 1024

// ParseManifest reads a manifest as strictly as the server does, which exits on what it does not like, and refuses
// besides what no server writes: sequence numbers below one, names that are no file's, types of many letters.
func ParseManifest(r io.Reader) (*Manifest, error) {
	m := &Manifest{}
	in := bufio.NewReaderSize(r, 2*maxLine)
	for number := 1; ; number++ {
		line, err := in.ReadString('\n')
		if errors.Is(err, io.EOF) && line == "" {
			if number == 1 {
				return nil, fmt.Errorf("%w: the file is empty", ErrManifest)
			}
			return m, nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("read AOF manifest: %w", err)
		}
		if err := m.addLine(line); err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrManifest, number, err)
		}
	}
}

func (m *Manifest) addLine(line string) error {
	switch {
	case len(line) > maxLine:
		return fmt.Errorf("longer than %d bytes", maxLine)
	case strings.HasPrefix(line, "#"):
		return nil
	case !strings.HasSuffix(line, "\n"):
		return errors.New("no newline at its end; the file may be truncated")
	}
	e, err := parseEntry(line)
	if err != nil {
		return err
	}
	if e.Type == TypeBase {
		if base, found := m.Base(); found {
			return fmt.Errorf("second base file %q after %q", e.Name, base.Name)
		}
	}
	if incrs := m.Incrs(); e.Type == TypeIncremental && len(incrs) > 0 && e.Seq <= incrs[len(incrs)-1].Seq {
		return fmt.Errorf("sequence number %d is not above %d", e.Seq, incrs[len(incrs)-1].Seq)
	}
	m.Entries = append(m.Entries, e)
	return nil
}

// parseEntry parses a line: pairs of a keyword and a value, of which file, seq and type must be there.
func parseEntry(line string) (e Entry, err error) {
	args, err := splitArgs(line)
	if err != nil {
		return e, err
	}
	if len(args) < 6 || len(args)%2 != 0 {
		return e, errors.New("not of the form: file NAME seq NUMBER type LETTER")
	}
	var extra []string
	for i := 0; i < len(args); i += 2 {
		value := args[i+1]
		switch strings.ToLower(args[i]) {
		case "file":
			if strings.ContainsAny(value, "/\\\x00") || value == "" || value == "." || value == ".." {
				return e, fmt.Errorf("file %q is not the plain name of a file", value)
			}
			e.Name = value
		case "seq":
			if e.Seq, err = strconv.Atoi(value); err != nil || e.Seq < 1 {
				return e, fmt.Errorf("sequence number %q", value)
			}
		case "type":
			if value != string(TypeBase) && value != string(TypeIncremental) && value != string(TypeHistory) {
				return e, fmt.Errorf("unknown file type %q", value)
			}
			e.Type = value[0]
		default:
			extra = append(extra, quote(args[i]), quote(value))
		}
	}
	if e.Name == "" || e.Seq == 0 || e.Type == 0 {
		return e, errors.New("not of the form: file NAME seq NUMBER type LETTER")
	}
	e.Extra = strings.Join(extra, " ")
	return e, nil
}

// Base returns the base file, if the manifest names one.
func (m *Manifest) Base() (base Entry, found bool) {
	for _, e := range m.Entries {
		if e.Type == TypeBase {
			return e, true
		}
	}
	return Entry{}, false
}

// Incrs returns the incremental files in the order in which they are loaded.
func (m *Manifest) Incrs() []Entry {
	var incrs []Entry
	for _, e := range m.Entries {
		if e.Type == TypeIncremental {
			incrs = append(incrs, e)
		}
	}
	return incrs
}

func (e Entry) String() string {
	line := fmt.Sprintf("file %s seq %d type %c", quote(e.Name), e.Seq, e.Type)
	if e.Extra != "" {
		line += " " + e.Extra
	}
	return line
}

// String is the manifest's text, each line with its newline, without which a server refuses it.
func (m *Manifest) String() string {
	var b strings.Builder
	for _, e := range m.Entries {
		b.WriteString(e.String() + "\n")
	}
	return b.String()
}

// WriteTo writes the manifest's text.
func (m *Manifest) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, m.String())
	return int64(n), err
}
