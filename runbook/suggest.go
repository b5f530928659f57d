package runbook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// suggest returns the name that was probably meant, "" when none is near.
func suggest(given string, names []string) string {
	best, bestDistance := "", 1+max(1, len(given)/3)
	for _, n := range slices.Sorted(slices.Values(names)) {
		d := levenshtein.Distance(strings.ToLower(given), strings.ToLower(n), nil)
		if d < bestDistance {
			best, bestDistance = n, d
		}
	}
	return best
}

// didYouMean is the remedy for a name that does not exist: the nearest name,
// else all there are.
func didYouMean(given string, names []string, what string) string {
	if s := suggest(given, names); s != "" {
		return fmt.Sprintf("Did you mean %q?", s)
	}
	if len(names) == 0 {
		return fmt.Sprintf("There are no %s.", what)
	}
	return fmt.Sprintf("The %s are %s.", what, enumerate(names, "and"))
}

// enumerate writes names as a person would: a, b and c.
func enumerate(names []string, conjunction string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " " + conjunction + " " + names[last]
}
