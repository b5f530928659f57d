package host

import "context"

// Progress is how far a transfer has come.
type Progress struct {
	Done  int64 `json:"done"`  // bytes
	Total int64 `json:"total"` // bytes
}

type progressKey struct{}

// WithProgress makes a context in which report hears how far what is done under it has come. It is
// called now and then, from the goroutine that does it.
func WithProgress(ctx context.Context, report func(Progress)) context.Context {
	return context.WithValue(ctx, progressKey{}, report)
}

// Report tells whoever listens, if anybody does.
func (p Progress) Report(ctx context.Context) {
	if report, ok := ctx.Value(progressKey{}).(func(Progress)); ok {
		report(p)
	}
}
