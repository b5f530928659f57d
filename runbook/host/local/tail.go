package local

import (
	"strings"
	"sync"
	"unicode"
)

// tailLimit is how many bytes of a log or a stream are looked at, from its end.
const tailLimit = 64 << 10 // a server that crashes logs much behind its last words

// logLines is how many lines of each log an error shows.
const logLines = 20

// A tail keeps the last tailLimit bytes written to it. It may be read meanwhile.
type tail struct {
	mu    sync.Mutex
	bytes []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bytes = append(t.bytes, p...)
	if cut := len(t.bytes) - tailLimit; cut > 0 {
		t.bytes = append(t.bytes[:0], t.bytes[cut:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.bytes)
}

// lastLines returns the last n lines that are not blank, free of control
// characters: what a server logs may hold what its clients sent.
func lastLines(text string, n int) []string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimRight(strings.Map(printable, line), " ")
		if strings.TrimSpace(line) != "" {
			lines = append(lines, shorten(line))
		}
	}
	return lines[max(0, len(lines)-n):]
}

// lineLimit is how many characters of a line are shown.
const lineLimit = 240

func shorten(line string) string {
	if r := []rune(line); len(r) > lineLimit {
		return string(r[:lineLimit]) + "…"
	}
	return line
}

func printable(r rune) rune {
	switch {
	case r == '\t':
		return ' '
	case !unicode.IsPrint(r):
		return -1
	}
	return r
}
