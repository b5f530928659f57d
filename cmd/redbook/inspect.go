package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"redbook/internal/inspect"
	"redbook/runbook"
)

type inspectOptions struct {
	keys  string // a pattern
	get   string // a key's name
	db    int
	other string // the newer backup
	json  bool
}

func newInspect(w *world) *cobra.Command {
	o := &inspectOptions{}
	c := &cobra.Command{
		Use:   "inspect FILE | DIR | -",
		Short: "Say what is in a dump or an append-only file",
		Long: "inspect reads a dump, an append-only file or the directory of one from end to\n" +
			"end, without a server: who wrote it and when, whether it is whole, and what it\n" +
			"holds. - is the standard input. Files may be packed by gzip or zstd.\n\n" +
			"--diff keeps a digest of each key in memory, some 80 bytes. It compares values\n" +
			"whatever their encoding, and expiries; not those of a hash's fields, nor what a\n" +
			"module keeps. Of an append-only file, keys are those of its last rewrite: the\n" +
			"commands after it are checked and counted, and not run.",
		Args: operands(1, 1, "one FILE or DIR"),
		RunE: func(c *cobra.Command, args []string) error { return w.inspectAs(c, o, args[0]) },
	}
	f := c.Flags()
	f.StringVar(&o.keys, "keys", "", "list the keys that match `GLOB`, as Redis' KEYS has it")
	f.StringVar(&o.get, "get", "", "print the value of `KEY`")
	f.IntVar(&o.db, "db", 0, "database of --get")
	f.StringVar(&o.other, "diff", "", "compare with `OTHER`, a newer backup: keys added, removed, changed")
	f.BoolVar(&o.json, "json", false, "print JSON; for --keys and --diff one object a line")
	return c
}

// inspectAs does what the flags say.
func (w *world) inspectAs(c *cobra.Command, o *inspectOptions, path string) error {
	do, given := w.inspect, 0
	for name, mode := range map[string]func(*inspectOptions, string) error{
		"keys": w.listKeys, "get": w.getKey, "diff": w.diffBackups,
	} {
		if c.Flags().Changed(name) {
			do = mode
			given++
		}
	}
	switch {
	case given > 1:
		return &usageError{c.CommandPath(), "give one of --keys, --get and --diff"}
	case c.Flags().Changed("db") && !c.Flags().Changed("get"):
		return &usageError{c.CommandPath(), "--db goes with --get; --keys shows the keys of all databases"}
	}
	return explainBackup(do(o, path))
}

// explainBackup says of a backup that is bad that it must not be used.
func explainBackup(err error) error {
	if !inspect.Damage(err) {
		return err
	}
	return &runbook.CheckError{
		Problem: fmt.Sprintf("damaged or no backup: %v", err),
		Remedy:  "choose another one; this one must not be restored",
	}
}

// openBackup opens a backup that tells on a terminal how far reading it is.
func (w *world) openBackup(path string) (*inspect.Backup, func(), error) {
	b, err := inspect.Open(path, w.stdin)
	if err != nil {
		return nil, nil, err
	}
	p := newReadProgress(w.stderr, path)
	if isTerminal(w.stderr) {
		b.Progress = p.tell
	}
	return b, p.clear, nil
}

func (w *world) inspect(o *inspectOptions, path string) error {
	b, done, err := w.openBackup(path)
	if err != nil {
		return err
	}
	now := time.Now()
	report, err := inspect.Inspect(b, now)
	done()
	if err != nil {
		return err
	}
	if o.json {
		return w.printJSON(report)
	}
	newInspectView(w).report(report, now)
	return nil
}

func (w *world) listKeys(o *inspectOptions, path string) error {
	b, done, err := w.openBackup(path)
	if err != nil {
		return err
	}
	v, now, any := newInspectView(w), time.Now(), false
	later, err := inspect.Keys(b, o.keys, func(k inspect.Key) error {
		done()
		if o.json {
			return w.jsonLine(k)
		}
		if !any {
			any = true
			v.keyHead()
		}
		v.key(k, now)
		return nil
	})
	done()
	if err != nil {
		return err
	}
	if !o.json && !any {
		v.line("There is no key that matches %s.", visible(o.keys))
	}
	w.tellLater(later.Commands)
	return nil
}

func (w *world) getKey(o *inspectOptions, path string) error {
	b, done, err := w.openBackup(path)
	if err != nil {
		return err
	}
	k, later, err := inspect.Find(b, o.db, o.get)
	done()
	if err != nil {
		return err
	}
	w.tellLater(later.Commands)
	if k == nil {
		return &runbook.CheckError{Problem: fmt.Sprintf("there is no key %s in db %d of %s", visible(o.get), o.db, path)}
	}
	if o.json {
		return w.printJSON(inspect.NewValue(k))
	}
	if raw, isString := k.Value.([]byte); isString && !isTerminal(w.stdout) {
		_, err := fmt.Fprintf(w.stdout, "%s\n", raw)
		return err
	}
	newInspectView(w).value(k)
	return nil
}

func (w *world) diffBackups(o *inspectOptions, path string) error {
	older, done, err := w.openBackup(path)
	if err != nil {
		return err
	}
	newer, doneToo, err := w.openBackup(o.other)
	if err != nil {
		return err
	}
	v := newInspectView(w)
	sum, err := inspect.Diff(older, newer, func(d inspect.Difference) error {
		done()
		doneToo()
		if o.json {
			return w.jsonLine(d)
		}
		v.difference(d)
		return nil
	})
	done()
	doneToo()
	if err != nil {
		return err
	}
	if o.json {
		return w.jsonLine(sum)
	}
	v.comparison(sum)
	w.tellLater(sum.Later)
	return nil
}

// tellLater warns of changes that the keys of a dump do not show.
func (w *world) tellLater(commands int64) {
	if commands > 0 {
		newTextView(w.stderr, w.color(w.stderr)).wrapped("note: ", fmt.Sprintf(
			"%d commands were written after the dump that this file begins with; they are not in what is shown", commands))
	}
}

func (w *world) jsonLine(v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	_, err = fmt.Fprintf(w.stdout, "%s\n", raw)
	return err
}

// A readProgress is one line on a terminal that is written over.
type readProgress struct {
	out   io.Writer
	name  string
	began time.Time
	last  time.Time
}

func newReadProgress(out io.Writer, name string) *readProgress {
	return &readProgress{out: out, name: visible(name), began: time.Now()}
}

// worthWaiting is how long a file is read before its progress is of interest.
const worthWaiting = time.Second

func (p *readProgress) tell(done, total int64) {
	now := time.Now()
	if now.Sub(p.began) < worthWaiting || now.Sub(p.last) < worthWaiting/5 {
		return
	}
	p.last = now
	how := bytesText(done)
	if total > 0 {
		how = fmt.Sprintf("%d %%", 100*done/max(total, done))
	}
	fmt.Fprintf(p.out, "\r\x1b[Kreading %s: %s", shorten(p.name, 50), how)
}

func (p *readProgress) clear() {
	if !p.last.IsZero() {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.last = time.Time{}
	}
}
