package local

import (
	"context"
	"io"
	"os"

	"redbook/internal/safefs"
)

// A serverLog is the part of a server's log file that came after a moment.
type serverLog struct {
	path string // "" when the server has no log file, or none is known
	from int64
}

// markLog remembers where the server's log ends now.
func (s *server) markLog(ctx context.Context) *serverLog {
	st, err := s.readSettings(ctx, "")
	if err != nil || st.logFile == "" {
		return &serverLog{}
	}
	l := &serverLog{path: st.logFile}
	if info, err := s.machine.Stat(st.logFile); err == nil {
		l.from = info.Size
	}
	return l
}

// text is what was logged since the mark, or the end of it; "" where the log
// cannot be read. The log lies where the server's user writes, so links in its
// place are not followed.
func (l *serverLog) text() string {
	if l.path == "" {
		return ""
	}
	d, name, err := safefs.Split(l.path)
	if err != nil {
		return ""
	}
	defer d.Close()
	f, err := d.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	return readEnd(f, l.from)
}

// lines are the last lines of text.
func (l *serverLog) lines() []string { return lastLines(l.text(), logLines) }

// readEnd reads a file from an offset, at most its last tailLimit bytes; all of
// it when it has become shorter, as a log that was rotated.
func readEnd(f *os.File, from int64) string {
	info, err := f.Stat()
	if err != nil {
		return ""
	}
	if info.Size() < from {
		from = 0
	}
	from = max(from, info.Size()-tailLimit)
	content, err := io.ReadAll(io.NewSectionReader(f, from, tailLimit))
	if err != nil {
		return ""
	}
	return string(content)
}
