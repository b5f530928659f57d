//go:build torture

package powercut

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestAnyRunbook cuts the power of random runbooks.
func TestAnyRunbook(t *testing.T) {
	s := newStage(t)
	var total tally
	for seed := range uint64(randomRunbooks) {
		random := rand.New(rand.NewPCG(seed, 1))
		p := randomPlay(random, fmt.Sprint("random-", seed))
		f, err := s.perform(p)
		if errors.Is(err, errPlan) {
			continue
		}
		if err != nil {
			t.Fatalf("%s\n%s%v", p.name, p.source, err)
		}
		c, failures := f.attack(random, imagesPerRun, 4)
		total.add(c)
		report(t, p, failures)
		c, failures = f.killAndCut(random, f.record, killsPerRun, 2)
		total.add(c)
		report(t, p, failures)
	}
	t.Log(total)
}

// names are what files of random plays may be called.
var names = []string{"data/dump.rdb", "data/dump.rdb.old", "data/sub/a b", "data/-x", "data/sub/dump.rdb", "data/ü"}

// randomPlay makes a runbook of copies, renames with rotation, changes of mode
// and owner, and edits of redis.conf, over random files. Most can be run.
func randomPlay(random *rand.Rand, name string) play {
	p := play{name: name, files: []file{
		{path: "data/", mode: 0o755}, {path: "data/sub/", mode: 0o700}, {path: "etc/", mode: 0o755},
		{path: "etc/redis.conf", content: config, mode: 0o640, gid: 7},
	}}
	var there []string
	for i, n := range names {
		if i > 0 && random.IntN(2) == 0 {
			continue
		}
		content := make([]byte, random.IntN(3)*random.IntN(6000))
		for j := range content {
			content[j] = byte(random.IntN(256))
		}
		modes := []os.FileMode{0o600, 0o640, 0o644, 0o660}
		p.files = append(p.files, file{n, string(content), modes[random.IntN(4)], random.IntN(3), random.IntN(3)})
		there = append(there, n)
	}
	var b strings.Builder
	server := random.IntN(3) == 0
	if server {
		b.WriteString(serverBlock)
	}
	for n := range 1 + random.IntN(6) {
		there = randomStep(random, &b, n, there, server)
	}
	p.source = b.String()
	return p
}

// randomStep writes one step and returns the names that are there after it.
func randomStep(random *rand.Rand, b *strings.Builder, n int, there []string, server bool) []string {
	if len(there) == 0 {
		there = names[:1] // it is gone, and the plan will say so
	}
	from, to := there[random.IntN(len(there))], names[random.IntN(len(names))]
	kind := random.IntN(7)
	if from == to || kind < 3 && slices.Contains(there, to) {
		to += fmt.Sprint(".", n)
	}
	switch {
	case kind < 2:
		fmt.Fprintf(b, "step \"copy\" \"s%d\" {\n  from = \"%s/%s\"\n  to = \"%s/%s\"\n  owner = \"%d\"\n}\n", n, hostDir, from, hostDir, to, random.IntN(3))
		return append(slices.Clone(there), to)
	case kind < 5:
		fmt.Fprintf(b, "step \"rename\" \"s%d\" {\n  from = \"%s/%s\"\n  to = \"%s/%s\"\n  if_exists = \"rotate\"\n}\n", n, hostDir, from, hostDir, to)
		return append(slices.DeleteFunc(slices.Clone(there), func(x string) bool { return x == from }), to)
	case kind == 5 && server:
		verb := []string{"disable-aof", "enable-aof"}[random.IntN(2)]
		fmt.Fprintf(b, "step %q \"s%d\" {}\n", verb, n)
	default:
		mode := []string{"0600", "0640", "0660", "0700"}[random.IntN(4)]
		fmt.Fprintf(b, "step \"chown\" \"s%d\" {\n  path = \"%s/%s\"\n  mode = %q\n  owner = \"%d\"\n}\n", n, hostDir, from, mode, random.IntN(3))
	}
	return there
}
