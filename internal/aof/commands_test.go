package aof

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	cmdSelect = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"
	cmdMulti  = "*1\r\n$5\r\nMULTI\r\n"
	cmdSet    = "*3\r\n$3\r\nset\r\n$1\r\nk\r\n$4\r\n\r\n*$\r\n"
	cmdExec   = "*1\r\n$4\r\nexec\r\n"
)

func TestCheckIncr(t *testing.T) {
	tests := []struct {
		name, file string
		want       Stats
	}{
		{"empty", "", Stats{}},
		{"commands", cmdSelect + cmdSet, Stats{Commands: 2, Bytes: int64(len(cmdSelect + cmdSet))}},
		{"transaction", cmdSelect + cmdMulti + cmdSet + cmdExec, Stats{Commands: 4, Transactions: 1, Bytes: int64(len(cmdSelect + cmdMulti + cmdSet + cmdExec))}},
		{"timestamps", "#TS:1700000000\r\n" + cmdSet + "#other\r\n#TS:1700000005\r\n", Stats{Commands: 1,
			Bytes:          int64(len(cmdSet) + 16 + 16 + 8),
			FirstTimestamp: time.Unix(1700000000, 0), LastTimestamp: time.Unix(1700000005, 0)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := CheckIncr(iotest.HalfReader(strings.NewReader(test.file)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestCheckIncrRefuses(t *testing.T) {
	one := int64(len(cmdSet))
	tests := []struct {
		name, file    string
		cause         error
		offset, whole int64
		reason        string
	}{
		{"text", "hello\r\n", ErrFormat, 0, 0, `"h" where a command begins`},
		{"zeros after a power cut", cmdSet + "\x00\x00\x00", ErrFormat, one, one, `"\x00" where a command begins`},
		{"no arguments", cmdSet + "*0\r\n", ErrFormat, one, one, `"*0" where '*' and a number belong`},
		{"no number", cmdSet + "*x\r\n", ErrFormat, one, one, "number"},
		{"signed number", "*+1\r\n$4\r\nPING\r\n", ErrFormat, 0, 0, "number"},
		{"bare newline", "*1\n", ErrFormat, 0, 0, `\r\n`},
		{"endless header", "*" + strings.Repeat("1", 100), ErrFormat, 0, 0, "line of more than"},
		{"negative length", "*1\r\n$-1\r\n", ErrFormat, 4, 0, `"$-1"`},
		{"wrong length", "*1\r\n$3\r\nPING\r\n", ErrFormat, 11, 0, "argument that does not end"},
		{"timestamp", "#TS:soon\r\n", ErrFormat, 0, 0, "timestamp"},
		{"cut header", cmdSet + "*1", ErrTruncated, one, one, "in the middle of a command"},
		{"cut argument", cmdSet + "*1\r\n$5\r\nHE", ErrTruncated, one + 8, one, "in the middle of a command"},
		{"huge argument", cmdSet + "*2\r\n$9223372036854775807\r\nHE", ErrTruncated, one + 28, one, "in the middle of a command"},
		{"open transaction", cmdSet + cmdMulti + cmdSet, ErrTruncated, 2*one + 15, one, "before its EXEC"},
		{"nested transaction", cmdMulti + cmdMulti, ErrFormat, 15, 0, "unexpected MULTI"},
		{"end of nothing", cmdSet + cmdExec, ErrFormat, one, one, "unexpected EXEC"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := CheckIncr(strings.NewReader(test.file))
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want an error with %q", err, test.reason)
			}
			if !errors.Is(err, test.cause) || e.Offset != test.offset || e.Whole != test.whole || !strings.Contains(e.Reason, test.reason) {
				t.Errorf("got %v (%v), want offset %d, whole %d: %s (%v)", err, e.Cause, test.offset, test.whole, test.reason, test.cause)
			}
		})
	}
	broken := errors.New("broken disk")
	_, err := CheckIncr(io.MultiReader(strings.NewReader(cmdSet), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

func TestHasRDBPreamble(t *testing.T) {
	for first, want := range map[string]bool{
		"REDIS0009": true, "VALKEY": true, cmdSet: false, "": false, "REDI": false, "#TS:1": false,
	} {
		if got := HasRDBPreamble([]byte(first)); got != want {
			t.Errorf("HasRDBPreamble(%q) = %t, want %t", first, got, want)
		}
	}
}

// FuzzCheckIncr: no input makes it panic, and cut to the part that an error calls whole, a file is good.
func FuzzCheckIncr(f *testing.F) {
	f.Add([]byte(cmdSelect + cmdMulti + cmdSet + cmdExec))
	f.Add([]byte("#TS:1700000000\r\n" + cmdSet + cmdMulti + cmdSet))
	f.Add([]byte(cmdSet + "*1\r\n$3\r\nab"))
	f.Fuzz(func(t *testing.T, file []byte) {
		stats, err := CheckIncr(bytes.NewReader(file))
		var e *Error
		switch {
		case err == nil && stats.Bytes != int64(len(file)):
			t.Errorf("%d of %d bytes checked", stats.Bytes, len(file))
		case err != nil && !errors.As(err, &e):
			t.Errorf("error %T: %v", err, err)
		case err != nil:
			if e.Whole > e.Offset || e.Offset > int64(len(file)) {
				t.Errorf("%v of %d bytes", err, len(file))
			}
			if _, err := CheckIncr(bytes.NewReader(file[:e.Whole])); err != nil {
				t.Errorf("%v, but cut to the whole part: %v", e, err)
			}
		}
	})
}
