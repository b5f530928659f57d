package runbook

import "testing"

func TestFormat(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"canonical", "a = 1\n", "a = 1\n"},
		{"aligned", "step \"save\" \"x\" {\na=1\nlonger   =2\n}", "step \"save\" \"x\" {\n  a      = 1\n  longer = 2\n}\n"},
		{"empty", "", "\n"},
		{"blank lines at the end", "a = 1\n\n\n", "a = 1\n"},
		{"comment kept", "# why\na = 1 # here\n", "# why\na = 1 # here\n"},
		{"broken is left alone", "step {", "step {\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := string(Format([]byte(test.src)))
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if again := string(Format([]byte(got))); again != got {
				t.Errorf("formatted again: %q, want %q", again, got)
			}
		})
	}
}
