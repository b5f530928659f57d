package replication

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"redbook/internal/rdb"
)

// A ReplyError is an error that the other end answered with, and the command that it
// answered, such as PSYNC.
type ReplyError struct{ Command, Reply string }

func (e *ReplyError) Error() string { return e.Reply }

// Credentials let a replica in; the zero value is for a server without a password.
type Credentials struct{ Username, Password string }

// Fetch takes the whole dataset of the server at the other end of conn, as a
// replica does, and writes it to w as a dump. A nil error means that the dump is
// whole and its checksum good, or that the server writes none: see
// [rdb.Summary.Checksum]. After an error what was written to w is worth nothing.
//
// The server needs to allow PSYNC and REPLCONF, and nothing else. It forks to write
// the dump into the connection, or, where repl-diskless-sync is off, to a file of
// its own first. The connection is of no use for anything else afterwards.
func Fetch(conn io.ReadWriter, w io.Writer, c Credentials) (*rdb.Summary, error) {
	f := &fetcher{conn: conn, r: bufio.NewReaderSize(conn, 256<<10)}
	if err := f.handshake(c); err != nil {
		return nil, err
	}
	payload, err := openPayload(f.r)
	if err != nil {
		return nil, fmt.Errorf("await the dump: %w", err)
	}
	return rdb.Check(io.TeeReader(payload, w))
}

type fetcher struct {
	conn io.Writer
	r    *bufio.Reader
}

// handshake is what a replica says before the dump comes. rdb-only ends the
// session with the dump; servers before 7.0 do not know it and go on with commands.
func (f *fetcher) handshake(c Credentials) error {
	if c.Password != "" {
		auth := []string{"AUTH", c.Password}
		if c.Username != "" {
			auth = []string{"AUTH", c.Username, c.Password}
		}
		if err := f.ask("authenticate", auth...); err != nil {
			return err
		}
	}
	if err := f.ask("greet", "PING"); err != nil {
		return err
	}
	if err := f.ask("announce a replica", "REPLCONF", "capa", "eof", "capa", "psync2"); err != nil {
		return err
	}
	if _, err := f.do("REPLCONF", "rdb-only", "1"); err != nil { // an error reply is well
		return err
	}
	reply, err := f.do("PSYNC", "?", "-1")
	if err != nil {
		return err
	}
	if !strings.HasPrefix(reply, "+FULLRESYNC") {
		return fmt.Errorf("ask for a full synchronization: %w", refusal("PSYNC", reply))
	}
	return nil
}

func (f *fetcher) ask(doing string, command ...string) error {
	reply, err := f.do(command...)
	if err == nil && !strings.HasPrefix(reply, "+") {
		err = refusal(command[0], reply)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// do returns the reply's line; empty ones keep the connection alive.
func (f *fetcher) do(command ...string) (reply string, err error) {
	if _, err := f.conn.Write(appendCommand(nil, command...)); err != nil {
		return "", err
	}
	for reply == "" && err == nil {
		reply, err = readLine(f.r)
	}
	return reply, err
}

func refusal(command, reply string) error {
	if text, ok := strings.CutPrefix(reply, "-"); ok {
		return &ReplyError{command, text}
	}
	return fmt.Errorf("%w: %.64q", errProtocol, reply)
}
