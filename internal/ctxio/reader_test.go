package ctxio

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestReader(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	r := NewReader(ctx, strings.NewReader("abcdef"))
	first := make([]byte, 3)
	if _, err := io.ReadFull(r, first); err != nil || string(first) != "abc" {
		t.Fatalf("got %q, %v", first, err)
	}
	cancel()
	if rest, err := io.ReadAll(r); len(rest) > 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("after the context: got %q, %v", rest, err)
	}
}
