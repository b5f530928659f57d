package schedule

import (
	"encoding/json"
	"strings"
)

// Meta is what a schedule's files say of the schedule, for whoever lists, changes or
// removes it. It holds no secret: everybody can read it.
type Meta struct {
	Name     string `json:"name"`
	Runbook  string `json:"runbook"`             // absolute path
	Calendar string `json:"calendar"`            // as it was given
	StateDir string `json:"state_dir,omitempty"` // where the runs are kept; "" is the default
}

// marker begins the line that makes a file one of ours.
const marker = "# redbook-schedule: "

// line is the marker with the meta data.
func (m Meta) line() string {
	raw, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings always encode
	}
	return marker + string(raw) + "\n"
}

// ParseMeta reads what a file says of its schedule. A file without that is not ours.
func ParseMeta(content string) (m Meta, ours bool) {
	for line := range strings.Lines(content) {
		if m, ours := parseLine(line); ours {
			return m, true
		}
	}
	return Meta{}, false
}

func parseLine(line string) (m Meta, ours bool) {
	raw, ours := strings.CutPrefix(line, marker)
	if !ours || json.Unmarshal([]byte(raw), &m) != nil || m.Name == "" {
		return Meta{}, false
	}
	return m, true
}
