//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
)

// A row is one case of the table.
type row struct {
	suite, version, aof, auth, name string
	want, got                       string
	before, after                   string // digests of the data
	measured                        string // what depends on the machine
}

// results are the rows of all tests.
var results table

type table struct {
	mu   sync.Mutex
	rows []row
}

func (t *table) add(r row) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rows = append(t.rows, r)
}

func (t *table) print(w io.Writer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	// Hosts run side by side; a host's cases stay in their order.
	slices.SortStableFunc(t.rows, func(a, b row) int {
		return strings.Compare(a.suite+" "+a.version, b.suite+" "+b.version)
	})
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "\nsuite\tserver\tAOF\tauth\tcase\texpected\tgot\tdata before\tafter\tmeasured")
	failed := 0
	for _, r := range t.rows {
		got := "as expected"
		if r.got != r.want {
			got, failed = "DIFFERS: "+r.got, failed+1
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.suite, r.version, r.aof, r.auth, r.name,
			r.want, got, short(r.before), short(r.after), r.measured)
	}
	out.Flush()
	fmt.Fprintf(w, "\n%d cases, %d as expected\n", len(t.rows), len(t.rows)-failed)
}

func short(digest string) string {
	if digest == "" {
		return "-"
	}
	return digest[:min(8, len(digest))]
}
