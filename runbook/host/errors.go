package host

import (
	"fmt"
	"strings"
)

// A StartError says why a server did not come up, or, in a picture, why it
// would not come up or not with the data meant.
type StartError struct {
	Server string   // the redis block's name
	Cause  string   // one sentence: what is wrong
	Remedy string   // one sentence: what to do
	Trap   Trap     // TrapNone when the cause is unknown
	Log    []string // the last lines of the server's log and unit, oldest first
}

func (e *StartError) Error() string {
	var b strings.Builder
	b.WriteString("start redis " + `"` + e.Server + `": ` + e.Cause)
	if e.Remedy != "" {
		b.WriteString("\n" + e.Remedy)
	}
	for _, l := range e.Log {
		b.WriteString("\n  | " + l)
	}
	return b.String()
}

// A StopError says, in a picture, that stopping a server would destroy what the
// plan did.
type StopError struct {
	Server, Cause, Remedy string
	Trap                  Trap
}

func (e *StopError) Error() string {
	return fmt.Sprintf("stop redis %q: %s\n%s", e.Server, e.Cause, e.Remedy)
}

// A Warning is something that a plan says aloud and does not refuse.
type Warning struct {
	Trap Trap   `json:"trap"`
	Text string `json:"text"`
}
