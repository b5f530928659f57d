package replication

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// markSize is the length of the random mark that ends a dump of unknown size
// (CONFIG_RUN_ID_SIZE).
const markSize = 40

// openPayload reads how the dump is framed: "$SIZE", or "$EOF:MARK" when the
// primary sends it as it writes it. Empty lines before it keep the connection alive.
func openPayload(r *bufio.Reader) (io.Reader, error) {
	for {
		line, err := readLine(r)
		if err != nil {
			return nil, err
		}
		mark, marked := strings.CutPrefix(line, "$EOF:")
		switch {
		case line == "":
			continue
		case marked && len(mark) == markSize:
			return &markedReader{r: r, mark: []byte(mark)}, nil
		case strings.HasPrefix(line, "-"):
			return nil, &ReplyError{"PSYNC", line[1:]}
		}
		size, err := strconv.ParseInt(strings.TrimPrefix(line, "$"), 10, 64)
		if err != nil || size < 0 || !strings.HasPrefix(line, "$") {
			return nil, fmt.Errorf("%w: %.64q where the dump was to begin", errProtocol, line)
		}
		return io.LimitReader(r, size), nil
	}
}

// A markedReader reads up to a mark. It never gives out what could be the mark's
// beginning before it knows.
type markedReader struct {
	r     io.Reader
	mark  []byte
	held  []byte // read, and not given out yet
	sure  int    // held[:sure] is no part of the mark
	ended bool   // the mark was met, at held[sure:]
	buf   [64 << 10]byte
}

func (m *markedReader) Read(p []byte) (int, error) {
	for m.sure == 0 {
		if m.ended {
			return 0, io.EOF
		}
		if err := m.more(); err != nil {
			return 0, err
		}
	}
	n := copy(p, m.held[:m.sure])
	m.held, m.sure = m.held[n:], m.sure-n
	return n, nil
}

func (m *markedReader) more() error {
	n, err := m.r.Read(m.buf[:])
	m.held = append(m.held, m.buf[:n]...)
	if at := bytes.Index(m.held, m.mark); at >= 0 {
		m.sure, m.ended = at, true
		return nil
	}
	m.sure = max(0, len(m.held)-len(m.mark)+1)
	if n == 0 && err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	return nil
}
