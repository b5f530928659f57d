package local

import (
	"context"
	"fmt"
	"strconv"
)

// isStranger tells that the process that answers at the address is certainly not
// the one that is supervised: the unit is down, or its main process is another
// Redis server. Reading and saving would then be about the wrong data.
func (s *server) isStranger(ctx context.Context, answers int, main mainProcess) (bool, error) {
	switch {
	case answers == 0 || answers == main.pid:
		return false, nil // 0: it does not tell (ACL)
	case main.pid != 0:
		return s.config.Service == "" || !main.isOther(), nil
	}
	u, ok := s.supervisor.(*unit)
	if !ok {
		return false, nil
	}
	st, err := u.properties(ctx)
	return st.down(), err // an active unit may have no main process, as Type=oneshot
}

// checkAnswer is an error when the fields of INFO are a stranger's.
func (s *server) checkAnswer(ctx context.Context, fields map[string]string, main mainProcess) error {
	answers, _ := strconv.Atoi(fields["process_id"]) // 0 when nobody answered
	stranger, err := s.isStranger(ctx, answers, main)
	if err != nil || !stranger {
		return err
	}
	supervised := "the server of the redis block"
	if s.config.Service != "" {
		supervised = "unit " + s.config.Service
	}
	if main.pid == 0 {
		return fmt.Errorf("another server (process %d) answers, and %s is down: stop that server, or mend address or service in the redis block",
			answers, supervised)
	}
	return fmt.Errorf("another server (process %d) answers, and %s is process %d: mend address or service in the redis block",
		answers, supervised, main.pid)
}
