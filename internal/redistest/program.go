package redistest

// WithProgram starts another program in place of the installed redis-server. It is given the configuration file, and
// must become the server, under its name and in the same process.
func WithProgram(path string) Option {
	return func(s *Server) { s.binary = path }
}
