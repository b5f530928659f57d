package runbook

import (
	"bytes"
	"fmt"
	"path/filepath"

	"redbook/runbook/journal"
)

// A DamagedError says that an earlier run, of which nobody can tell how it
// ended, may have left this server between before and after.
type DamagedError struct {
	Run string
	Dir string // of the run
	Err error
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("run %s cannot be read, and it may have left this server half way: %v\n"+
		"when the server is as it must be, move the run away: mv %s %s", e.Run, e.Err, e.Dir, e.Away())
}

func (e *DamagedError) Unwrap() error { return e.Err }

// Away is where the run's directory is out of the way.
func (e *DamagedError) Away() string {
	return filepath.Join(filepath.Dir(filepath.Dir(e.Dir)), "damaged-"+e.Run)
}

// refuseDamaged refuses a run whose journal cannot be read, unless its header
// still can and says that it was about other servers.
func (e *Engine) refuseDamaged(p *Plan, id string, err error) error {
	if h := e.headerOf(id); h != nil && !sharesServer(p.Servers, h.Servers) {
		return nil
	}
	return &DamagedError{Run: id, Dir: e.Store.Dir(id), Err: err}
}

// headerOf reads the first record alone; nil when that is damaged too.
func (e *Engine) headerOf(id string) *header {
	content, err := e.Store.File(id, "journal.jsonl")
	if err != nil {
		return nil
	}
	line := content[:bytes.IndexByte(content, '\n')+1]
	records, _, err := journal.Parse(id, line)
	if err != nil || len(records) == 0 {
		return nil
	}
	h, err := replay(records)
	if err != nil {
		return nil
	}
	return &h.header
}
