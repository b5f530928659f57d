package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"redbook/internal/inspect"
)

// An inspectView shows what is in a backup.
type inspectView struct {
	*textView
	block string // what bars are made of
}

func newInspectView(w *world) *inspectView {
	v := &inspectView{newTextView(w.stdout, w.color(w.stdout)), "#"}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := strings.ToUpper(w.getenv(name)); locale != "" {
			if strings.HasSuffix(locale, "UTF-8") || strings.HasSuffix(locale, "UTF8") {
				v.block = "█"
			}
			break
		}
	}
	return v
}

func (v *inspectView) report(r *inspect.Report, now time.Time) {
	kind := map[string]string{"dump": "dump", "aof": "append-only file", "aof directory": "append-only files in a directory"}[r.Kind]
	v.words("", append([]string{v.bold(visible(r.Path)) + ":"}, strings.Fields(kind)...))
	size := bytesText(r.Size)
	if r.Compression != "" {
		size += ", unpacked from " + r.Compression
	}
	v.fact("size", "%s", size)
	if r.Dump != nil {
		v.origin(r.Dump, now)
	}
	if r.Commands != nil {
		v.commands(r.Commands)
	}
	if len(r.Parts) > 0 {
		v.parts(r)
	}
	if r.Dump != nil {
		v.content(r.Dump, now)
	}
}

func (v *inspectView) fact(name, format string, args ...any) {
	v.wrapped(fmt.Sprintf("  %-10s ", name), fmt.Sprintf(format, args...))
}

// origin says where a dump comes from and what to think of it.
func (v *inspectView) origin(d *inspect.Dump, now time.Time) {
	by := ""
	if d.Server != "" {
		by = fmt.Sprintf(", written by %s %s", d.Server, d.ServerVer)
	}
	v.fact("format", "RDB version %d%s", d.Version, by)
	if d.Created == nil {
		v.fact("written", "at an unknown time")
	} else {
		v.fact("written", "%s, %s", d.Created.Local().Format(time.DateTime), ago(now.Sub(*d.Created)))
	}
	checksum := map[string]string{
		"good":      "good",
		"unchecked": "unchecked: it was written without one (rdbchecksum no)",
		"absent":    "absent: this version has none",
	}[d.Checksum]
	v.fact("checksum", "%s", checksum)
	if d.UsedMemory > 0 {
		v.fact("memory", "%s, used by the server when it wrote this", bytesText(int64(d.UsedMemory)))
	}
	libraries := ""
	if len(d.Libraries) > 0 {
		libraries = ": " + strings.Join(d.Libraries, ", ")
	}
	v.fact("functions", "%s%s", counted(d.Functions, "library", "libraries"), visible(libraries))
	if len(d.Modules) == 0 {
		v.fact("modules", "none is needed")
	} else {
		v.fact("modules", "needed for %s", visible(strings.Join(d.Modules, ", ")))
	}
}

func (v *inspectView) commands(c *inspect.Commands) {
	times := ""
	if c.First != nil && c.Last != nil {
		times = fmt.Sprintf(", from %s to %s", c.First.Local().Format(time.DateTime), c.Last.Local().Format(time.DateTime))
	}
	v.fact("commands", "%s, %s%s", grouped(uint64(c.Count)), bytesText(c.Bytes), times)
}

func (v *inspectView) parts(r *inspect.Report) {
	for _, p := range r.Parts {
		what := "commands"
		if p.HasDump {
			what = "a dump"
		}
		v.fact(p.Type, "%s: %s, %s", visible(p.Name), bytesText(p.Size), what)
	}
	for _, name := range r.Unnamed {
		v.fact("unnamed", "%s: the manifest does not name it", visible(name))
	}
}

// content says what a dump holds.
func (v *inspectView) content(d *inspect.Dump, now time.Time) {
	e := d.Expiries
	expiries := "none with an expiry"
	if e.Keys > 0 {
		expiries = fmt.Sprintf("%s with an expiry, of which %s have passed", grouped(e.Keys), grouped(e.Passed))
	}
	v.fact("keys", "%s, %s", grouped(d.Keys), expiries)
	if e.First != nil {
		v.fact("expiring", "from %s to %s", e.First.Local().Format(time.DateTime), e.Last.Local().Format(time.DateTime))
	}
	for _, db := range d.DBs {
		var types []string
		for _, name := range slices.Sorted(maps.Keys(db.Types)) {
			types = append(types, grouped(db.Types[name])+" "+visible(name))
		}
		v.fact(fmt.Sprintf("db %d", db.Index), "%s: %s", grouped(db.Keys), strings.Join(types, ", "))
	}
	if d.Keys == 0 {
		return
	}
	v.bars("TYPE", d.Types, "")
	v.bars("PREFIX", d.Prefixes, "(others)")
	v.line("")
	v.line("%s", v.bold(fmt.Sprintf("%10s  %-10s %-9s %3s  %s", "LARGEST", "EXPIRES", "TYPE", "DB", "KEY")))
	for _, k := range d.Largest {
		v.keyLine(k, now, max(v.width-40, 20))
	}
}

// bars shows how much room each takes.
func (v *inspectView) bars(head string, tallies []inspect.Tally, rest string) {
	const name, room = 24, 28
	var most uint64
	for _, t := range tallies {
		most = max(most, t.Bytes)
	}
	v.line("")
	v.line("%s", v.bold(fmt.Sprintf("%-*s %12s %10s", name, head, "KEYS", "SIZE")))
	for _, t := range tallies {
		label := visible(t.Name)
		if t.Name == "" {
			label = rest
		}
		bar := strings.Repeat(v.block, int(float64(room)*float64(t.Bytes)/float64(max(most, 1))))
		row := fmt.Sprintf("%s %12s %10s  %s", pad(shorten(label, name), name), grouped(t.Keys), bytesText(int64(t.Bytes)), bar)
		v.line("%s", strings.TrimRight(row, " "))
	}
}

func (v *inspectView) keyHead() {
	v.line("%s", v.bold(fmt.Sprintf("%10s  %-10s %-9s %3s  %s", "SIZE", "EXPIRES", "TYPE", "DB", "KEY")))
}

// key shows one key whose name is there to be copied, so it is whole.
func (v *inspectView) key(k inspect.Key, now time.Time) { v.keyLine(k, now, 0) }

func (v *inspectView) keyLine(k inspect.Key, now time.Time, room int) {
	name := visible(k.Name)
	if room > 0 {
		name = shorten(name, room)
	}
	v.line("%10s  %-10s %-9s %3d  %s", bytesText(k.Size), expiryText(k.ExpiresAt, now), shorten(visible(k.Type), 10), k.DB, name)
}

func expiryText(at *time.Time, now time.Time) string {
	switch {
	case at == nil:
		return "never"
	case !at.After(now):
		return "passed"
	}
	return "in " + span(at.Sub(now))
}

func (v *inspectView) difference(d inspect.Difference) {
	mark := map[inspect.Change]string{inspect.Added: "+", inspect.Removed: "-", inspect.Changed: "~"}[d.Change]
	what := ""
	if len(d.What) > 0 {
		what = " (" + strings.Join(d.What, ", ") + ")"
	}
	v.line("%s db %d %s %s%s", mark, d.DB, visible(d.Type), visible(d.Name), what)
}

func (v *inspectView) comparison(c inspect.Comparison) {
	v.line("%s added, %s removed, %s changed, %s the same", grouped(c.Added), grouped(c.Removed), grouped(c.Changed), grouped(c.Same))
}
