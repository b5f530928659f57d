package aof

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// The causes of an [Error], for errors.Is.
var (
	ErrTruncated = errors.New("truncated append-only file")
	ErrFormat    = errors.New("invalid append-only file")
)

// An Error says why an append-only file was refused, and where.
type Error struct {
	Offset int64 // in bytes from the start of the file
	// Whole is the size of the part of the file that consists of whole commands and whole transactions, to which
	// redis-check-aof --fix would cut the file.
	Whole  int64
	Reason string
	Cause  error // ErrTruncated, ErrFormat or what the underlying reader returned
}

func (e *Error) Error() string {
	return fmt.Sprintf("offset %d: %s; whole up to offset %d", e.Offset, e.Reason, e.Whole)
}

func (e *Error) Unwrap() error { return e.Cause }

// Stats says what an append-only file of commands holds.
type Stats struct {
	Commands     int64 // MULTI and EXEC included
	Transactions int64
	Bytes        int64 // zero when the file was refused
	// The timestamps that the server notes with aof-timestamp-enabled; zero when there is none.
	FirstTimestamp, LastTimestamp time.Time
}

const (
	maxHeader     = 32   // of a line that is a prefix and a number
	maxAnnotation = 1024 // aof.c, AOF_ANNOTATION_LINE_MAX_LEN
	bufferSize    = 256 << 10
)

// CheckIncr reads a file of commands, as incremental files are, and verifies its structure: whole commands, each
// transaction closed. An empty file is fine. What the commands do is not looked at.
//
// A server cuts a truncated tail off itself (aof-load-truncated yes), but only of the last file. An annotation that is
// cut counts as truncated although the server takes it: what it then appends to the line it cannot load again.
func CheckIncr(r io.Reader) (Stats, error) { return CheckCommands(r, 0) }

// CheckCommands is [CheckIncr] of the rest of a file, which r reads from the offset start on.
func CheckCommands(r io.Reader, start int64) (Stats, error) {
	c := scanner{in: bufio.NewReaderSize(r, bufferSize), offset: start, whole: start}
	for {
		first, err := c.in.Peek(1)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return c.stats, c.fail(err)
		}
		switch first[0] {
		case '#':
			err = c.annotation()
		case '*':
			err = c.command()
		default:
			err = c.format("%q where a command begins", first)
		}
		if err != nil {
			return c.stats, err
		}
		if !c.multi {
			c.whole = c.offset
		}
	}
	if c.multi {
		return c.stats, &Error{Offset: c.offset, Whole: c.whole, Cause: ErrTruncated,
			Reason: "the file ends inside of a transaction, before its EXEC"}
	}
	c.stats.Bytes = c.offset - start
	return c.stats, nil
}

type scanner struct {
	in     *bufio.Reader
	offset int64
	whole  int64
	multi  bool
	stats  Stats
}

func (c *scanner) format(format string, args ...any) error {
	return &Error{Offset: c.offset, Whole: c.whole, Reason: fmt.Sprintf(format, args...), Cause: ErrFormat}
}

// fail turns a reader's error into an Error.
func (c *scanner) fail(err error) error {
	if errors.Is(err, io.EOF) {
		return &Error{Offset: c.offset, Whole: c.whole, Reason: "the file ends in the middle of a command", Cause: ErrTruncated}
	}
	return &Error{Offset: c.offset, Whole: c.whole, Reason: fmt.Sprintf("read: %v", err), Cause: err}
}

// line reads a line of at most limit bytes, without its end; it is valid until the next read.
func (c *scanner) line(limit int) ([]byte, error) {
	line, err := c.in.ReadSlice('\n')
	if len(line) > limit {
		return nil, c.format("line of more than %d bytes", limit)
	}
	if err != nil {
		return nil, c.fail(err)
	}
	text, ok := bytes.CutSuffix(line, []byte("\r\n"))
	if !ok {
		return nil, c.format("line that does not end in \\r\\n")
	}
	c.offset += int64(len(line))
	return text, nil
}

// number reads a line that is a prefix and a number.
func (c *scanner) number(prefix byte, lowest int64) (int64, error) {
	at := c.offset
	text, err := c.line(maxHeader)
	if err != nil {
		return 0, err
	}
	if len(text) < 2 || text[0] != prefix || text[1] == '+' {
		c.offset = at
		return 0, c.format("%q where %q and a number belong", text, prefix)
	}
	n, err := strconv.ParseInt(string(text[1:]), 10, 64)
	if err != nil || n < lowest {
		c.offset = at
		return 0, c.format("%q where %q and a number belong", text, prefix)
	}
	return n, nil
}

func (c *scanner) annotation() error {
	at := c.offset
	text, err := c.line(maxAnnotation)
	if err != nil {
		return err
	}
	stamp, ok := strings.CutPrefix(string(text), "#TS:")
	if !ok {
		return nil
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		c.offset = at
		return c.format("timestamp %q", text)
	}
	c.stats.LastTimestamp = time.Unix(seconds, 0)
	if c.stats.FirstTimestamp.IsZero() {
		c.stats.FirstTimestamp = c.stats.LastTimestamp
	}
	return nil
}

func (c *scanner) command() error {
	at := c.offset
	n, err := c.number('*', 1)
	if err != nil {
		return err
	}
	for i := range n {
		size, err := c.number('$', 0)
		if err != nil {
			return err
		}
		if i == 0 {
			err = c.name(at, size)
		} else {
			err = c.skip(size)
		}
		if err != nil {
			return err
		}
		if err := c.newline(); err != nil {
			return err
		}
	}
	c.stats.Commands++
	return nil
}

// name reads a command's name and keeps the balance of transactions.
func (c *scanner) name(at, size int64) error {
	var name string
	if size <= int64(len("multi")) {
		p, err := c.in.Peek(int(size))
		if err != nil {
			return c.fail(err)
		}
		name = strings.ToLower(string(p))
	}
	if err := c.skip(size); err != nil {
		return err
	}
	begins, ends := name == "multi", name == "exec"
	if begins && c.multi || ends && !c.multi {
		c.offset = at
		return c.format("unexpected %s", strings.ToUpper(name))
	}
	if ends {
		c.stats.Transactions++
	}
	c.multi = begins || c.multi && !ends
	return nil
}

func (c *scanner) skip(size int64) error {
	for size > 0 {
		n, err := c.in.Discard(int(min(size, 1<<30)))
		c.offset += int64(n)
		size -= int64(n)
		if err != nil {
			return c.fail(err)
		}
	}
	return nil
}

func (c *scanner) newline() error {
	p, err := c.in.Peek(2)
	if err != nil {
		return c.fail(err)
	}
	if string(p) != "\r\n" {
		return c.format("argument that does not end in \\r\\n")
	}
	return c.skip(2)
}
