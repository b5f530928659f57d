package inspect

import (
	"fmt"
	"time"

	"redbook/internal/aof"
	"redbook/internal/rdb"
)

// Inspect reads a whole backup and says what is in it. Expiries count as passed or not at now.
func Inspect(b *Backup, now time.Time) (*Report, error) {
	report := &Report{Path: b.path, Kind: "dump", Unnamed: b.unnamed}
	count := newCensus(now)
	all, err := b.walk(func(r *rdb.Reader, e *rdb.Entry) error {
		if err := r.Skip(); err != nil {
			return err
		}
		count.add(e, r.Size())
		return nil
	}, func(e aof.Entry, c contents) { report.Parts = append(report.Parts, newPart(e, c)) })
	if err != nil {
		return nil, err
	}
	report.Size, report.Compression = all.size, all.packed
	switch {
	case b.manifest != nil:
		report.Kind = "aof directory"
	case all.dump == nil || all.commands.Commands > 0:
		report.Kind = "aof"
	}
	if all.dump != nil {
		report.Dump = &Dump{}
		report.Dump.describe(all.dump)
		count.report(report.Dump)
	}
	if report.Kind != "dump" {
		report.Commands = newCommands(all.commands)
	}
	return report, nil
}

func newPart(e aof.Entry, c contents) Part {
	names := map[byte]string{aof.TypeBase: "base", aof.TypeIncremental: "incr", aof.TypeHistory: "history"}
	p := Part{Name: e.Name, Type: names[e.Type], Seq: e.Seq, Size: c.size, HasDump: c.dump != nil}
	if c.dump == nil || c.commands.Commands > 0 {
		p.Commands = newCommands(c.commands)
	}
	return p
}

func newCommands(s aof.Stats) *Commands {
	return &Commands{Count: s.Commands, Bytes: s.Bytes, First: moment(s.FirstTimestamp), Last: moment(s.LastTimestamp)}
}

// Later is how much of an append-only file follows its dump: changes that a look at the dump's keys does not see.
type Later struct{ Commands int64 }

// Keys reads a whole backup and shows each key of its dump whose name matches a pattern as Redis' KEYS has it.
func Keys(b *Backup, pattern string, show func(Key) error) (Later, error) {
	all, err := b.walk(func(r *rdb.Reader, e *rdb.Entry) error {
		if !Match([]byte(pattern), e.Name) {
			return nil
		}
		if err := r.Skip(); err != nil {
			return err
		}
		return show(newKey(e, r.Size()))
	}, nil)
	if err == nil && all.dump == nil {
		err = errNoDump(b)
	}
	return Later{all.commands.Commands}, err
}

func errNoDump(b *Backup) error {
	return fmt.Errorf("%s holds commands and no dump; its keys are known only to a server that runs them", b.path)
}

// Find reads a whole backup and returns the key of this name, nil when its dump does not hold it.
func Find(b *Backup, db int, name string) (*rdb.Key, Later, error) {
	var found *rdb.Key
	all, err := b.walk(func(r *rdb.Reader, e *rdb.Entry) (err error) {
		if e.DB == db && string(e.Name) == name {
			found, err = r.Key()
		}
		return err
	}, nil)
	if err == nil && all.dump == nil {
		err = errNoDump(b)
	}
	return found, Later{all.commands.Commands}, err
}
