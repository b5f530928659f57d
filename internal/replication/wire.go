package replication

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Limits on what the other end may make us keep in memory.
const (
	maxLine      = 64 << 10
	maxArguments = 64
	maxArgument  = 64 << 10
)

// errProtocol says that the other end does not speak as expected.
var errProtocol = errors.New("unexpected answer in the replication protocol")

// readLine reads up to a newline, which it takes off together with a carriage return.
func readLine(r *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return strings.TrimRight(string(line), "\r\n"), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return "", err
		case len(line) > maxLine:
			return "", fmt.Errorf("%w: a line of more than %d bytes", errProtocol, maxLine)
		}
	}
}

// appendCommand writes a command as RESP has it, an array of bulk strings.
func appendCommand(b []byte, args ...string) []byte {
	b = fmt.Appendf(b, "*%d\r\n", len(args))
	for _, a := range args {
		b = fmt.Appendf(b, "$%d\r\n%s\r\n", len(a), a)
	}
	return b
}

// readCommand reads a command, an array of bulk strings or words in one line.
func readCommand(r *bufio.Reader) ([]string, error) {
	line, err := readLine(r)
	if err != nil || !strings.HasPrefix(line, "*") {
		return strings.Fields(line), err
	}
	n, err := length(line[1:], maxArguments)
	if err != nil {
		return nil, err
	}
	args := make([]string, n)
	for i := range args {
		if args[i], err = readBulk(r); err != nil {
			return nil, err
		}
	}
	return args, nil
}

func readBulk(r *bufio.Reader) (string, error) {
	line, err := readLine(r)
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(line, "$") {
		return "", fmt.Errorf("%w: no bulk string", errProtocol)
	}
	n, err := length(line[1:], maxArgument)
	if err != nil {
		return "", err
	}
	b := make([]byte, n+len("\r\n"))
	if _, err := io.ReadFull(r, b); err != nil {
		return "", err
	}
	return string(b[:n]), nil
}

func length(digits string, most int) (int, error) {
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 || n > most {
		return 0, fmt.Errorf("%w: a length of %.32q", errProtocol, digits)
	}
	return n, nil
}
