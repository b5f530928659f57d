package runbook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// longestName bounds what is compared: distance takes time cubic in the length.
const longestName = 64

// suggest returns the name that was probably meant, "" when none is near.
func suggest(given string, names []string) string {
	if len(given) > longestName {
		return ""
	}
	best, bestDistance := "", 1+max(1, len(given)/3)
	for _, n := range slices.Sorted(slices.Values(names)) {
		d := distance(strings.ToLower(given), strings.ToLower(n))
		if d < bestDistance && d < len(given) {
			best, bestDistance = n, d
		}
	}
	return best
}

// distance counts letters to insert, remove or replace; two neighbours
// exchanged count as one.
func distance(a, b string) int {
	d := levenshtein.Distance(a, b, nil)
	for i := 1; i < len(a); i++ {
		swapped := a[:i-1] + a[i:i+1] + a[i-1:i] + a[i+1:]
		d = min(d, 1+levenshtein.Distance(swapped, b, nil))
	}
	return d
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

// article puts "a" or "an" before a noun.
func article(noun string) string {
	if noun != "" && strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// enumerate writes names as a person would: a, b and c.
func enumerate(names []string, conjunction string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " " + conjunction + " " + names[last]
}
