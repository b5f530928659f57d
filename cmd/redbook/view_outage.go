package main

import (
	"fmt"
	"time"

	"redbook/runbook"
)

// outageText says when a server will be down and for about how long.
func outageText(o runbook.Outage, rate runbook.LoadRate) string {
	text := "redis." + o.Redis + " is down already"
	if o.From != "" {
		text = "redis." + o.Redis + " is down from " + label(o.From)
	}
	if o.Until == "" {
		return text + " on; no step starts it."
	}
	text += " to " + label(o.Until) + ", "
	took := rate.Duration(o.Bytes)
	switch {
	case o.Bytes == 0:
		return text + "for less than a second: it has nothing to load."
	case o.Bytes < 0:
		return text + "for as long as it takes to load what only the run will know."
	case took < time.Second:
		return text + "for less than a second: it has " + bytesText(o.Bytes) + " to load."
	}
	measured := "no run here has measured it yet, so this is assumed"
	if rate.Run != "" {
		measured = "measured by run " + rate.Run
	}
	return text + fmt.Sprintf("for about %s: it has %s to load, at %s a second (%s).",
		took.Round(time.Second), bytesText(o.Bytes), bytesText(int64(rate.BytesPerSecond)), measured)
}
