package local

import (
	"context"
	"crypto/rand"
	"fmt"
	"regexp"
	"strings"

	"github.com/redis/go-redis/v9"

	"redbook/runbook/host"
)

// LastStart implements host.ProcessReader.
func (s *server) LastStart(ctx context.Context) (host.LastStart, error) {
	var last host.LastStart
	if u, ok := s.supervisor.(*unit); ok {
		st, err := u.properties(ctx)
		if err != nil {
			return last, s.wrap("look at", err)
		}
		last.Unit, last.Restarts = st.activeState, int(st.restarts)
	}
	st, err := s.Status(ctx)
	if err != nil || st.PID == 0 {
		return last, err
	}
	settings, err := s.readSettings(ctx, "")
	if err != nil {
		return last, s.wrap("look at", err)
	}
	last.Loaded = loadedFrom((&serverLog{path: settings.logFile}).text(), st.PID)
	return last, nil
}

// loadedLine is what a server logs of each file that it has loaded (server.c, loadDataFromDisk; aof.c,
// loadAppendOnlyFiles).
var loadedLine = regexp.MustCompile(`(?m)^(\d+):M .* DB loaded from (.*): [\d.]+ seconds$`)

// mostLoaded is how many lines of a log are told: a server with its AOF on has three, or one more for each file.
const mostLoaded = 8

// loadedFrom picks out of a log what one process has loaded, the last of it. Others may write to the log.
func loadedFrom(log string, pid int) []string {
	var from []string
	for _, line := range loadedLine.FindAllStringSubmatch(log, -1) {
		if line[1] == fmt.Sprint(pid) {
			from = append(from, shorten(strings.Map(printable, line[2])))
		}
	}
	return from[max(0, len(from)-mostLoaded):]
}

// TryWrite implements host.WriteTester.
func (s *server) TryWrite(ctx context.Context) error {
	key := "redbook:canary:" + rand.Text()
	return s.wrap("write to", s.session(ctx, 0, func(c *redis.Client) error {
		// One by one, since TxPipelined tells only that the transaction was discarded.
		p := c.Pipeline()
		var replies []*redis.Cmd
		for _, command := range [][]any{{"MULTI"}, {"SET", key, ""}, {"DEL", key}, {"EXEC"}} {
			replies = append(replies, p.Do(ctx, command...))
		}
		_, err := p.Exec(ctx)
		for _, r := range replies {
			if r.Err() != nil {
				return r.Err() // the first one is the reason of the others
			}
		}
		return err
	}))
}
