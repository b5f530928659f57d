package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"redbook/internal/rdb"
)

// visible writes bytes so that they do nothing to a terminal and can be told apart: as they are where all of them can
// be seen, else quoted as in Go and JSON.
func visible(s string) string {
	if utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !strconv.IsPrint(r) }) < 0 {
		return s
	}
	return strconv.Quote(s)
}

// shorten cuts a text in the middle to at most room columns.
func shorten(s string, room int) string {
	runes := []rune(s)
	if len(runes) <= room {
		return s
	}
	head := room / 2
	return string(runes[:head]) + "…" + string(runes[len(runes)-(room-head-1):])
}

func pad(s string, columns int) string {
	return s + strings.Repeat(" ", max(columns-utf8.RuneCountInString(s), 0))
}

// bytesText is a number of bytes with three digits or so.
func bytesText(n int64) string {
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	size, unit := float64(n), -1
	for ; size >= 1024 && unit < 4; unit++ {
		size /= 1024
	}
	return fmt.Sprintf("%.1f %ciB", size, "KMGTP"[unit])
}

// grouped is a number with commas.
func grouped(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for at := len(s) - 3; at > 0; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// span is a length of time in its largest unit.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", max(int(d.Seconds()), 0))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d d", int(d.Hours()/24))
}

func ago(d time.Duration) string {
	if d < 0 {
		return "in the future by this machine's clock"
	}
	return span(d) + " ago"
}

// value shows a value for a person: an element a line.
func (v *inspectView) value(k *rdb.Key) {
	switch x := k.Value.(type) {
	case []byte:
		v.line("%s", visible(string(x)))
	case [][]byte:
		for _, element := range x {
			v.line("%s", visible(string(element)))
		}
	case map[string][]byte:
		for _, name := range slices.Sorted(maps.Keys(x)) {
			v.line("%s = %s", visible(name), visible(string(x[name])))
		}
	case []rdb.Member:
		for _, m := range x {
			v.line("%s  %s", strconv.FormatFloat(m.Score, 'g', -1, 64), visible(string(m.Name)))
		}
	case *rdb.Stream:
		v.stream(x)
	case rdb.Module:
		v.line("a value of the module type %s, which only the module can read", visible(x.Name))
	}
}

func (v *inspectView) stream(s *rdb.Stream) {
	for _, e := range s.Entries {
		fields := make([]string, 0, len(e.Fields))
		for _, f := range e.Fields {
			fields = append(fields, visible(string(f.Name))+" = "+visible(string(f.Value)))
		}
		v.line("%s  %s", e.ID, strings.Join(fields, ", "))
	}
	for _, g := range s.Groups {
		v.line("group %s: last delivered %s, %s, %d pending", visible(string(g.Name)), g.LastID,
			counted(len(g.Consumers), "consumer", "consumers"), len(g.Pending))
	}
}
