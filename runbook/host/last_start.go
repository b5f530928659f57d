package host

import "context"

// A StartReader tells how the main process of a server came up.
type StartReader interface {
	// LastStart asks the supervisor and reads the end of the server's log. What they
	// do not tell is left at its zero value; a picture tells nothing of a start that
	// is planned.
	LastStart(ctx context.Context) (LastStart, error)
}

// A LastStart is what is told of the last start of a server.
type LastStart struct {
	Unit     string   // systemd's ActiveState of the unit; "" where none supervises it
	Restarts int      // how often systemd started it by itself since somebody did (NRestarts)
	Loaded   []string // what the running process logged that it loaded, such as "base file appendonly.aof.1.base.rdb"
}

// A WriteTester tries whether a server takes writes.
type WriteTester interface {
	// TryWrite sets a key that nobody else has and deletes it again, in one
	// transaction, in database 0. The server's refusal is an error.
	TryWrite(ctx context.Context) error
}
