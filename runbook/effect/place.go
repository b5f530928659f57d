package effect

import (
	"context"
	"fmt"
	"path/filepath"

	"redbook/runbook/host"
)

// A place is where a server looks for its data when it is started.
type place struct {
	Dir        string `json:"dir"`
	DBFilename string `json:"dbfilename"`
}

// placeOf is nil where it cannot be told, as where no config file is known.
func placeOf(ctx context.Context, r host.Reader, redis string) *place {
	s, err := r.Server(redis)
	if err != nil {
		return nil
	}
	d, err := s.Describe(ctx)
	if err != nil || d.Dir == "" {
		return nil
	}
	return &place{Dir: d.Dir, DBFilename: d.DBFilename}
}

// check refuses the start of a server that would look elsewhere than it did when it was
// stopped: somebody has changed its unit or its config meanwhile, and it would come up
// with other data, or none, while that of before is where it was.
func (p *place) check(ctx context.Context, r host.Reader, redis string) error {
	if p == nil {
		return nil
	}
	s, err := r.Server(redis)
	if err != nil {
		return err
	}
	now, err := s.Describe(ctx)
	if err != nil {
		return fmt.Errorf("find out whether redis.%s would start with %s/%s as before: %w; "+
			"if its unit or its config was changed meanwhile, make it as it was, then roll back again", redis, p.Dir, p.DBFilename, err)
	}
	if now.DBFilename == p.DBFilename && sameDirectory(r, now.Dir, p.Dir, p.DBFilename) {
		return nil
	}
	return fmt.Errorf("redis.%s would start with %s/%s by %s, and was stopped with %s/%s: "+
		"its unit or its config was changed meanwhile; make it as it was, then roll back again",
		redis, now.Dir, now.DBFilename, now.Config, p.Dir, p.DBFilename)
}

// sameDirectory tells whether two paths lead to one directory, as far as can be told: a
// server that runs tells its own without symlinks, and a config names it in any way, so
// what counts is the dump in it.
func sameDirectory(r host.Reader, a, b, dump string) bool {
	if a == b {
		return true
	}
	x, err1 := r.Stat(filepath.Join(a, dump))
	y, err2 := r.Stat(filepath.Join(b, dump))
	if err1 != nil || err2 != nil {
		return err1 != nil && err2 != nil
	}
	return x.Device == y.Device && x.Inode == y.Inode
}
