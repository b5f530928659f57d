package local

import "context"

// A restarter is a supervisor that may start again by itself what has ended. To
// find no main process then does not mean that there will be none.
type restarter interface {
	restarting(ctx context.Context) (bool, error)
}

func (u *unit) restarting(ctx context.Context) (bool, error) {
	st, err := u.properties(ctx)
	return st.looping(), err
}

func (s *server) restarting(ctx context.Context) (bool, error) {
	if r, ok := s.supervisor.(restarter); ok {
		return r.restarting(ctx)
	}
	return false, nil
}
