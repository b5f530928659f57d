package main

import (
	"path/filepath"
	"strings"
	"time"

	"github.com/aymanbagabas/go-udiff"

	"redbook/internal/schedule"
)

// scheduleNotes says, where it is not known what the runs write to, why not.
func (w *world) scheduleNotes(sp *scheduledPlan) {
	v := newTextView(w.stderr, w.color(w.stderr))
	for _, why := range sp.open {
		v.wrapped("note: ", why)
	}
	if len(sp.open) > 0 {
		v.wrapped("note: ", "so the service may write everywhere but to the directories of the system (ProtectSystem=full); where that can be mended, add the schedule again then")
	}
}

// wouldWrite shows files as they would be, or how they would change.
func (t *textView) wouldWrite(files []*scheduleFile) {
	for i, f := range files {
		if i > 0 {
			t.line("")
		}
		switch {
		case !f.changes():
			t.line("%s stays as it is", pathWord(f.path))
		case f.old != "":
			t.fileDiff(f)
		default:
			t.line("%s", t.bold(pathWord(f.path)))
			t.line("%s", printable(strings.TrimSuffix(f.text, "\n")))
		}
	}
	t.line("")
	t.line("Nothing was written.")
}

func (t *textView) fileDiff(f *scheduleFile) {
	t.line("%s", printable(strings.TrimSuffix(udiff.Unified(f.path, f.path, f.old, f.text), "\n")))
}

// added says what is scheduled now.
func (t *textView) added(m schedule.Meta, files []*scheduleFile, changed bool, next time.Time) {
	for _, f := range files {
		if f.old != "" && f.changes() {
			t.fileDiff(f)
			t.line("")
		}
	}
	if !changed {
		t.line("Nothing changes: it is scheduled like that already.")
	}
	t.line("%s", t.bold("Schedule "+printable(m.Name)))
	t.line("  runs  %s", pathWord(m.Runbook))
	t.line("  when  %s", printable(m.Calendar))
	t.line("  next  %s", moment(next, time.DateTime))
	for i, f := range files {
		name := ""
		if i == 0 {
			name = "in"
		}
		t.line("  %-4s  %s", name, pathWord(f.path))
	}
	t.command("To take it away:", "redbook schedule remove "+operandQuoted(m.Name))
}

// operandQuoted writes a name for a command line that is copied.
func operandQuoted(name string) string {
	if strings.HasPrefix(name, "-") {
		return "-- " + shellQuote(name)
	}
	return shellQuote(name)
}

func moment(at time.Time, layout string) string {
	if at.IsZero() {
		return "-"
	}
	return at.Local().Format(layout)
}

// schedules lists schedules, two lines each.
func (t *textView) schedules(list []*scheduled) {
	if len(list) == 0 {
		t.line("There are no schedules.")
		return
	}
	const layout = "2006-01-02 15:04"
	row := func(name, next, last, result string) string {
		return strings.TrimRight(pad(shorten(visible(name), 26), 26)+"  "+pad(next, 16)+"  "+pad(last, 16)+"  "+result, " ")
	}
	t.line("%s", t.bold(row("NAME", "NEXT", "LAST", "RESULT")))
	for _, s := range list {
		next, result := moment(s.Next, layout), s.Result
		if !s.Active {
			next = "stopped"
		}
		if result == "" {
			result = "-"
		}
		t.line("%s", row(s.Name, next, moment(s.Last, layout), result))
		by := ""
		if s.By == byCron {
			by = "cron "
		}
		t.words("  ", append(strings.Fields(by+printable(s.Calendar)), pathWord(s.Runbook)))
	}
}

// removed says what is gone, and what is not.
func (t *textView) removed(s *scheduled) {
	t.line("%s", t.bold("Removed the schedule "+printable(s.Name)))
	for _, path := range s.Files {
		t.line("  %s", pathWord(path))
		if left, _ := filepath.Glob(path + ".d"); len(left) > 0 {
			t.line("  %s is left, which redbook did not write", pathWord(left[0]))
		}
	}
	if s.running {
		t.wrapped("", "A run of it is under way and goes on.")
	}
}
