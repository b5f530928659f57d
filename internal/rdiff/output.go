package rdiff

import (
	"regexp"
	"strings"
)

var (
	// complaint is loose: version 1 begins its complaints with the name of an error alone.
	complaint = regexp.MustCompile(`(?i)warning|error|traceback`)
	labelled  = regexp.MustCompile(`(?i)^\s*(warning|error|fatal)\b`)
)

// Complaints are the lines that tell of something which was not done in full. The
// program ends with 0 all the same when a file changed or vanished while it was read.
func Complaints(stdout, stderr string) []string {
	var lines []string
	for line := range strings.Lines(stdout) {
		if labelled.MatchString(line) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	complains := false
	for line := range strings.Lines(stderr) {
		// a complaint goes on in lines that are set in
		complains = complaint.MatchString(line) || complains && strings.HasPrefix(line, " ")
		if complains {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}
