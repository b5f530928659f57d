package preview

import (
	"path/filepath"

	"redbook/runbook/host"
)

// Imagine makes a new file whose content only the run will know; origin says what it is, in
// words that follow "is". It is for what a program makes that a picture does not run.
func (p *Picture) Imagine(path, origin string, a host.Attr) error {
	dir, err := p.free("create", path)
	if err != nil {
		return err
	}
	n := p.newFile(dir.node, dataset{kind: dataUnknown, path: path}.snapshot(origin), -1, 0o600, a)
	p.dropPart(dir.node, path)
	p.put(dir.node, filepath.Base(path), n)
	return nil
}
