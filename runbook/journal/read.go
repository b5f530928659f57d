package journal

import (
	"bytes"
	"fmt"
)

// A CorruptError says where a journal cannot be believed.
type CorruptError struct {
	Path string
	Line int // from 1
	Err  error
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s:%d: journal is damaged: %v; nothing was done; keep the file and compare the data directory with it by hand", e.Path, e.Line, e.Err)
}

func (e *CorruptError) Unwrap() error { return e.Err }

// Parse reads the records of a journal. A torn last line is what a crash leaves
// and is dropped; intact is the number of bytes before it. It is torn when its
// newline is missing, or when zeros stand in it, which no record holds: a power
// cut may keep the last sector of an append and lose those before it. Anything
// else that is wrong is a *CorruptError.
func Parse(path string, content []byte) (records []Record, intact int, err error) {
	for line := 1; len(content) > intact; line++ {
		rest := content[intact:]
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			break
		}
		r, err := decode(rest[:end])
		if err == nil && r.Seq != line {
			err = fmt.Errorf("record %d stands where %d belongs", r.Seq, line)
		}
		if err == nil && (line == 1) != (r.Type == Begin) {
			err = fmt.Errorf("a %q record stands at line %d", r.Type, line)
		}
		if err != nil && end == len(rest)-1 && bytes.IndexByte(rest, 0) >= 0 {
			break
		}
		if err != nil {
			return nil, intact, &CorruptError{Path: path, Line: line, Err: err}
		}
		records = append(records, r)
		intact += end + 1
	}
	return records, intact, nil
}
