package host

import "context"

// A ProcessReader tells how the main process of a server is, and how it came up.
type ProcessReader interface {
	// Status tells whether the main process lives and whether it serves.
	Status(ctx context.Context) (Status, error)
	// LastStart asks the supervisor and reads the end of the server's log. What they
	// do not tell is left at its zero value; a picture tells nothing of a start that
	// is planned.
	LastStart(ctx context.Context) (LastStart, error)
}

// Status is what the supervisor and a PING say.
type Status struct {
	PID     int  `json:"pid"` // 0: no main process
	Serving bool `json:"serving"`
	Loading bool `json:"loading"`
	// Restarting: there is no main process, and the supervisor is about to start one.
	Restarting bool `json:"restarting,omitempty"`
}

// A LastStart is what is told of the last start of a server.
type LastStart struct {
	Unit     string   // systemd's ActiveState of the unit; "" where none supervises it
	Restarts int      // how often systemd started it by itself since somebody did (NRestarts)
	Loaded   []string // what the running process logged that it loaded, such as "base file appendonly.aof.1.base.rdb"
}
