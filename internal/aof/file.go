package aof

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"redbook/internal/rdb"
)

// CheckFile checks any file of an append-only file: a base file in either format, an incremental file, or the single
// file of the versions before 7.0, with a dump before its commands or without. The dump is nil where there is none.
func CheckFile(r io.Reader) (dump *rdb.Summary, commands Stats, err error) {
	in := bufio.NewReader(r)
	first, err := in.Peek(len("VALKEY"))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, Stats{}, fmt.Errorf("read append-only file: %w", err)
	}
	if !HasRDBPreamble(first) {
		commands, err = CheckIncr(in)
		return nil, commands, err
	}
	dump, rest, err := rdb.CheckPreamble(in)
	if err != nil {
		return nil, Stats{}, err
	}
	commands, err = CheckCommands(rest, dump.Size)
	return dump, commands, err
}
