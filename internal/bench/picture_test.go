package bench

import (
	"fmt"
	"html"
	"strings"
	"time"
)

// Sizes of the picture, in its own units.
const (
	pictureWidth = 860
	labelWidth   = 190
	figureWidth  = 90
	lineHeight   = 22
	groupHeight  = 2*lineHeight + 26
	margin       = 16
)

// picture is docs/performance.svg: a line of time for the reads and one for the writes of each procedure, on which
// failures are bars.
func (r *report) picture() string {
	span := time.Second
	for _, p := range r.Restores {
		span = max(span, p.Took)
	}
	height := len(r.Restores)*groupHeight + 2*margin + 24
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n", pictureWidth, height)
	fmt.Fprintf(&out, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", pictureWidth, height)
	scale := float64(pictureWidth-labelWidth-figureWidth-2*margin) / span.Seconds()
	at := func(d time.Duration) float64 { return margin + labelWidth + d.Seconds()*scale }
	for i, p := range r.Restores {
		y := margin + i*groupHeight
		fmt.Fprintf(&out, `<text x="%d" y="%d" fill="#1f2328" font-weight="bold">%s</text>`+"\n", margin, y+14, html.EscapeString(p.Name))
		lane(&out, at, y+20, "reads", "#cf222e", p.Took, p.Reads)
		lane(&out, at, y+20+lineHeight, "writes", "#bc4c00", p.Took, p.Writes)
	}
	axis(&out, at, span, margin+len(r.Restores)*groupHeight)
	out.WriteString("</svg>\n")
	return out.String()
}

// lane draws the time of a procedure in grey, and over it the failures of one client.
func lane(out *strings.Builder, at func(time.Duration) float64, y int, what, color string, took time.Duration, e experience) {
	fmt.Fprintf(out, `<text x="%d" y="%d" fill="#59636e" text-anchor="end">%s</text>`+"\n", margin+labelWidth-8, y+13, what)
	bar := func(from, to time.Duration, color string) {
		fmt.Fprintf(out, `<rect x="%.1f" y="%d" width="%.1f" height="16" fill="%s"/>`+"\n", at(from), y, max(at(to)-at(from), 1), color)
	}
	bar(0, took, "#d1e7dd")
	for _, s := range e.Spans {
		bar(s.From, min(s.To, took), color)
	}
	fmt.Fprintf(out, `<text x="%d" y="%d" fill="#1f2328" text-anchor="end">%s failed</text>`+"\n", pictureWidth-margin, y+13, seconds(e.Total()))
}

// axis marks at most ten times.
func axis(out *strings.Builder, at func(time.Duration) float64, span time.Duration, y int) {
	step := time.Second
	for _, next := range []time.Duration{2, 5, 10, 20, 50, 100, 200, 500} {
		if span/step > 10 {
			step = next * time.Second
		}
	}
	for t := time.Duration(0); t <= span; t += step {
		fmt.Fprintf(out, `<path d="M%.1f %d v-6" stroke="#59636e"/><text x="%.1f" y="%d" fill="#59636e" text-anchor="middle">%d s</text>`+"\n",
			at(t), y+6, at(t), y+20, int(t.Seconds()))
	}
}
