package host

import "strings"

// A StartError says why a server did not come up, or, in a picture, why it
// would not come up or not with the data meant. Trap names a chapter of
// docs/traps.md where one fits.
type StartError struct {
	Server string   // the redis block's name
	Cause  string   // one sentence: what is wrong
	Remedy string   // one sentence: what to do
	Trap   string   // such as "aof-wins"; "" when the cause is unknown
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

// A Warning is something that a plan says aloud and does not refuse.
type Warning struct {
	Trap string `json:"trap"`
	Text string `json:"text"`
}
