package local

import "context"

// Overrides are the options on the command line of the next start, as lines of
// a config file that come after the file's own.
func (s *server) Overrides(ctx context.Context) ([]string, error) {
	l, err := s.supervisor.launch(ctx)
	if err != nil {
		return nil, s.wrap("read the command line of", err)
	}
	_, lines := parseCommand(l.command)
	return lines, nil
}
