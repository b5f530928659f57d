package rdb

import (
	"errors"
	"fmt"
)

// The causes of an [Error], for errors.Is.
var (
	ErrNotRDB      = errors.New("not an RDB dump")
	ErrTruncated   = errors.New("truncated RDB dump")
	ErrVersion     = errors.New("RDB version not supported")
	ErrChecksum    = errors.New("RDB checksum mismatch")
	ErrCorrupt     = errors.New("corrupt RDB dump")
	ErrUnsupported = errors.New("unsupported RDB content")
)

// An Error says why a dump was refused, and where in the file.
type Error struct {
	Offset int64 // in bytes from the start of the dump
	Reason string
	Cause  error // one of the Err values, or what the underlying reader returned
}

func (e *Error) Error() string { return fmt.Sprintf("offset %d: %s", e.Offset, e.Reason) }

func (e *Error) Unwrap() error { return e.Cause }

func corrupt(offset int64, format string, args ...any) error {
	return &Error{Offset: offset, Reason: fmt.Sprintf(format, args...), Cause: ErrCorrupt}
}

func unsupported(offset int64, format string, args ...any) error {
	return &Error{Offset: offset, Reason: fmt.Sprintf(format, args...), Cause: ErrUnsupported}
}
