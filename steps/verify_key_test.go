package steps_test

import (
	"strings"
	"testing"

	"redbook/internal/redistest"
)

func TestVerifyKeyExample(t *testing.T) { scenario{path: "verify_key.hcl"}.test(t) }

func TestVerifyKeyArguments(t *testing.T) {
	testArguments(t, "verify-key", []argumentCase{
		{`key = "k"
		  equals = "v"`, ""},
		{`key = "k"
		  exists = false`, ""},
		{`key = "k"
		  type = "hash"
		  min_ttl = "1h"
		  db = 3`, ""},
		{`key = "k"`, "give at least one of them"},
		{`key = "k"
		  exists = true
		  db = -1`, "count from 0"},
		{`key = "k"
		  exists = false
		  equals = "v"`, "leave the others out"},
		{`key = "k"
		  type = "tree"`, "tree"},
		{`equals = "v"`, "key"},
	})
}

func TestVerifyKey(t *testing.T) {
	m := newMachine(t, redistest.WithoutSave()) // so that a stop leaves the dump as it is
	m.Do(t, "SET", "soon", "gone", "EX", 600)
	m.Do(t, "SET", "long", strings.Repeat("x", 1000))
	m.Do(t, "SAVE")
	tests := []struct {
		name, arguments string
		want            string // of the failure; "" when the check passes
	}{
		{"value", `key = "shapes:triangles"
			equals = "3 sides"`, ""},
		{"other value", `key = "shapes:triangles"
			equals = "4 sides"`, `is "3 sides", not "4 sides"`},
		{"long value", `key = "long"
			equals = "y"`, "(1000 bytes)"},
		{"value of a list", `key = "list:small"
			equals = "a"`, "is a list; equals compares strings"},
		{"missing", `key = "shapes:circles"
			exists = true`, "does not exist"},
		{"missing, and must be", `key = "shapes:circles"
			exists = false`, ""},
		{"there, and must not be", `key = "shapes:triangles"
			exists = false`, "exists, and must not"},
		{"type", `key = "stream:orders"
			type = "stream"`, ""},
		{"other type", `key = "stream:orders"
			type = "zset"`, "is a stream, not a zset"},
		{"no expiry", `key = "shapes:triangles"
			min_ttl = "1h"`, ""},
		{"expiry", `key = "soon"
			min_ttl = "1m"`, ""},
		{"expires too soon", `key = "soon"
			min_ttl = "1h"`, "less than 1h0m0s"},
		{"database", `key = "other:database"
			equals = "three"
			db = 3`, ""},
		{"other database", `key = "other:database"
			equals = "three"`, "does not exist"},
	}
	const restart = "step \"stop-service\" \"redis\" {}\nstep \"start\" \"redis\" {}\n"
	for _, tt := range tests {
		step := "step \"verify-key\" \"x\" {\n" + tt.arguments + "\n}\n"
		// Asked of the server, and answered from the dump that a planned start would load.
		for _, body := range []string{step, restart + step} {
			f := m.steps(t, body).plan(t).Failed()
			got := ""
			if f != nil {
				got = f.Failure
			}
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
			}
		}
	}
	m.fails(t, "step \"verify-key\" \"x\" {\n"+tests[1].arguments+"\n}", "step.verify-key.x", tests[1].want)

	m.Do(t, "HSET", "now", "a", "hash")
	l := m.steps(t, "step \"verify-key\" \"x\" {\nkey = \"now\"\ntype = \"hash\"\n}")
	o := l.done(t, l.runnable(t))
	if n := m.effects(t, o.Run); n != 0 {
		t.Errorf("looking at a key had %d effects", n)
	}
}
