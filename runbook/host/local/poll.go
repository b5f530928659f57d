package local

import (
	"context"
	"time"
)

// Polls begin often, so that a quick server costs nobody a wait, and slow down.
const (
	pollFirst = 5 * time.Millisecond
	pollLast  = 200 * time.Millisecond
)

// poll asks until done or an error, and gives up with ctx's cause.
func poll(ctx context.Context, ask func() (done bool, err error)) error {
	for pause := pollFirst; ; pause = min(pause*3/2, pollLast) {
		done, err := ask()
		if done || err != nil {
			return err
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
