package redisconf

import (
	"fmt"
	"strconv"
	"strings"
)

// SavePoint makes Redis save a dump when that many seconds have passed and that many keys have changed.
type SavePoint struct{ Seconds, Changes int64 }

// SavePoints returns the points in effect; none means that Redis never saves by itself, nor at its stop. major is the
// server's: without a save line there are the defaults since 7, and before that none, since a server that is given a
// config file begins without (resetServerSaveParams in server.c's main).
func (c *Config) SavePoints(major int) ([]SavePoint, error) {
	args, ok := c.Value("save")
	switch {
	case ok:
	case major < 7:
		return nil, nil
	default:
		args = strings.Fields(defaults["save"])
	}
	return parseSavePoints(args)
}

// SaveOption is what CONFIG GET save tells after a start, such as "3600 1 300 100"; see SavePoints.
func (c *Config) SaveOption(major int) (string, error) {
	points, err := c.SavePoints(major)
	var words []string
	for _, p := range points {
		words = append(words, strconv.FormatInt(p.Seconds, 10), strconv.FormatInt(p.Changes, 10))
	}
	return strings.Join(words, " "), err
}

// savedArgs adds up save lines: `save ""` takes back all before it.
func savedArgs(lines []Directive) []string {
	var args []string
	for _, d := range lines {
		if isEmptyArg(d.Args) {
			args = nil
			continue
		}
		args = append(args, d.Args...)
	}
	if len(args) == 0 {
		return []string{""}
	}
	return args
}

func isEmptyArg(args []string) bool { return len(args) == 1 && args[0] == "" }

func parseSavePoints(args []string) ([]SavePoint, error) {
	if isEmptyArg(args) {
		return nil, nil
	}
	if len(args)%2 != 0 {
		return nil, fmt.Errorf("save %s: want pairs of seconds and changes", quoteAll(args))
	}
	var points []SavePoint
	for i := 0; i < len(args); i += 2 {
		seconds, err := strconv.ParseInt(args[i], 10, 64)
		if err != nil || seconds < 1 {
			return nil, fmt.Errorf("save %s: %q is not a number of seconds", quoteAll(args), args[i])
		}
		changes, err := strconv.ParseInt(args[i+1], 10, 64)
		if err != nil || changes < 0 {
			return nil, fmt.Errorf("save %s: %q is not a number of changes", quoteAll(args), args[i+1])
		}
		points = append(points, SavePoint{seconds, changes})
	}
	return points, nil
}
