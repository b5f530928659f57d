package inspect_test

import (
	"context"
	"testing"

	"redbook/internal/inspect"
	"redbook/internal/redistest"
)

// TestMatch holds the package against the server's KEYS.
func TestMatch(t *testing.T) {
	server := redistest.New(t)
	server.Start(t)
	client := server.Client(t)
	names := []string{"a", "b", "ab", "abc", "a*c", "a?c", "[a]", "a-c", "]", "\\", "été", "aXbXc", "a\nb", "^", "-", "aab", "aaab"}
	for _, name := range names {
		server.Do(t, "SET", name, "v")
	}
	patterns := []string{
		"*", "?", "a*", "*c", "*b*", "a?c", "[abc]", "[^a]", "[a-b]*", "[b-a]", "[^]", "[", "[a", "[a-", "[]a]", "a\\*c", "a\\?c",
		"\\[a\\]", "\\\\", "a**c", "*a*b", "[\\]]", "[\\-a]", "é*", "???", "a[a-]c", "[^-a]", "**", "*ab", "a\\",
	}
	ctx := context.Background()
	for _, pattern := range patterns {
		want := map[string]bool{}
		for _, name := range client.Keys(ctx, pattern).Val() {
			want[name] = true
		}
		for _, name := range names {
			if got := inspect.Match([]byte(pattern), []byte(name)); got != want[name] {
				t.Errorf("pattern %q, name %q: %t, the server says %t", pattern, name, got, want[name])
			}
		}
	}
}
