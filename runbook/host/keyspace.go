package host

import (
	"context"
	"errors"
	"time"

	"redbook/internal/rdb"
)

// ErrForbidden is wrapped where the server does not let its user read.
var ErrForbidden = errors.New("not permitted")

// A KeyspaceReader looks at all that a server holds.
type KeyspaceReader interface {
	// Keyspace counts keys and names function libraries; ErrDown when the server does not serve.
	Keyspace(ctx context.Context) (Keyspace, error)
	// Values looks at many keys at once and answers in the order of names. What
	// it keeps of a value is a digest, so that any number of keys may be asked for.
	// It is ErrForbidden where a command is renamed away or the user may not read.
	Values(ctx context.Context, names []KeyName) ([]Value, error)
}

// A WriteTester tries whether a server takes writes.
type WriteTester interface {
	// TryWrite sets a key that nobody else has and deletes it again, in one
	// transaction, in database 0. The server's refusal is an error.
	TryWrite(ctx context.Context) error
}

// A Keyspace says how much a server holds.
type Keyspace struct {
	// Keys is the number of keys by database, without databases that are empty. A
	// key that has expired may count until the server has removed it.
	Keys map[int]int64
	// Libraries are the function libraries; nil where the server has no functions
	// or does not tell.
	Libraries []rdb.Library
}

// A KeyName names a key in one of the databases.
type KeyName struct {
	DB   int
	Name string
}

// A Value is what a server holds under a name, in constant size.
type Value struct {
	Type     string // as TYPE answers; "" for no key
	Elements int    // see rdb.Key.Elements
	Digest   rdb.Digest
	ExpireAt time.Time // to about a second; zero: never
}
