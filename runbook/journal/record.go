package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"time"
)

// The types of records, in the order in which a run writes them.
const (
	Begin      = "begin"       // the header; always the first record
	StepBegin  = "step-begin"  // an attempt of a step begins
	Intent     = "intent"      // an effect is prepared and will now be done
	Done       = "done"        // it is done
	Failed     = "failed"      // it failed; what it did is in doubt
	StepEnd    = "step-end"    // the step ended well, was skipped, or failed and the run goes on
	StepFail   = "step-fail"   // an attempt failed
	Undoing    = "undoing"     // an effect will now be taken back
	Undone     = "undone"      // it is taken back
	UndoFailed = "undo-failed" // it is not; a person is needed
	Settled    = "settled"     // a person says that it is settled by hand
	Interrupt  = "interrupted" // the run stopped where it was
	Resumed    = "resumed"     // another process goes on
	RollBack   = "roll-back"   // a roll-back begins
	End        = "end"         // the run is over; Status says how
)

// A Record is one line of the journal. Which fields a type uses is written
// beside them.
type Record struct {
	Seq     int             `json:"seq"`
	Time    time.Time       `json:"time"`
	Type    string          `json:"type"`
	Step    string          `json:"step,omitempty"`    // address, such as step.copy.dump
	Attempt int             `json:"attempt,omitempty"` // step-begin: from 1
	Effect  int             `json:"effect,omitempty"`  // intent, done, undo, settled…: number within the run, from 1
	Body    json.RawMessage `json:"body,omitempty"`    // begin: header; intent, done: effect; step-end: outputs
	Status  string          `json:"status,omitempty"`  // step-end, end
	Error   string          `json:"error,omitempty"`
	Notes   []string        `json:"notes,omitempty"`
	Actor   *Actor          `json:"actor,omitempty"` // begin, resumed, roll-back, settled
}

// An Actor is who did something, where and with what.
type Actor struct {
	User    string `json:"user"`
	Sudo    string `json:"sudo_user,omitempty"` // who stood behind sudo
	Host    string `json:"host"`
	PID     int    `json:"pid"`
	Version string `json:"version"` // of redbook
}

// Person is the user behind sudo, or else the user.
func (a Actor) Person() string {
	if a.Sudo != "" {
		return a.Sudo
	}
	return a.User
}

var table = crc32.MakeTable(crc32.Castagnoli)

// encode makes the record's line: its JSON with the CRC-32C of all the bytes
// before the last field as that field, and a newline.
func encode(r Record) ([]byte, error) {
	raw, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode record %d: %w", r.Seq, err)
	}
	raw = raw[:len(raw)-1]
	return fmt.Appendf(raw, `,"crc":"%08x"}`+"\n", crc32.Checksum(raw, table)), nil
}

var errChecksum = errors.New("the checksum does not agree")

// decode reads one line without its newline.
func decode(line []byte) (Record, error) {
	const tail = len(`,"crc":"00000000"}`)
	if len(line) < tail {
		return Record{}, errChecksum
	}
	raw, crc := line[:len(line)-tail], line[len(line)-tail:]
	if want := fmt.Appendf(nil, `,"crc":"%08x"}`, crc32.Checksum(raw, table)); !bytes.Equal(crc, want) {
		return Record{}, errChecksum
	}
	var r Record
	dec := json.NewDecoder(bytes.NewReader(append(bytes.Clone(raw), '}')))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		return Record{}, err
	}
	if dec.More() {
		return Record{}, errors.New("there is something after the record")
	}
	return r, nil
}
