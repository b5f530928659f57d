package host

import "context"

// A Peer is another machine, as ssh names it.
type Peer struct {
	Host   string `json:"host"`                 // host, user@host, ssh://user@host:port or a name of the ssh configuration
	Config string `json:"ssh_config,omitempty"` // path of an ssh configuration in place of the user's own
}

// At names a file of the machine, for messages.
func (p Peer) At(path string) string { return p.Host + ":" + path }

// RemoteFiles are the files of another machine, which can be looked at. Paths are absolute and
// clean. Of an Info only kind, size, mode, owner and time (whole seconds) are known: SFTP tells
// no inode. A missing entry wraps fs.ErrNotExist.
type RemoteFiles interface {
	Stat(ctx context.Context, path string) (Info, error)
	// Digest reads a whole regular file, there if commands may be run there, else over the network.
	Digest(ctx context.Context, path string) (Digest, error)
	// Available is the room for files below the directory at path, in bytes. A machine that
	// does not tell it is errors.ErrUnsupported.
	Available(ctx context.Context, path string) (uint64, error)
}

// A Remote is another machine, with files that can be changed. Nothing is ever overwritten: an
// existing target wraps fs.ErrExist. Each call is durable when it returns, as far as the other
// machine lets that be asked for.
type Remote interface {
	RemoteFiles
	// Push makes the file p.To there of the local file p.From. It appears whole and checked or
	// not at all: until then the bytes stand under RemotePartName, and go on from what an
	// earlier push of the same content left there.
	Push(ctx context.Context, p Transfer) (Transferred, error)
	// Fetch makes the local file p.To of the file p.From there, by way of PartName(p.To), from
	// which the next fetch of the same content goes on.
	Fetch(ctx context.Context, p Transfer) (Transferred, error)
	// Rename moves a file within one filesystem.
	Rename(ctx context.Context, from, to string) error
	Remove(ctx context.Context, path string) error
}

// A Transfer is one file on its way between two machines.
type Transfer struct {
	From, To string
	Attr     Attr // of the new file; a push sets only the mode
	// Content is what the file must hold; in a fetch it may be empty, or have a SHA-256 alone.
	Content Digest
}

// Transferred is a file that arrived. In a picture, what only the run knows has a Digest of size -1.
type Transferred struct {
	Digest Digest `json:"digest"`
	Info   Info   `json:"info"` // of the new file
	// Checked says what vouches for the digest of the far file, in words that follow "checked".
	Checked string `json:"checked,omitempty"`
}

// RemotePartName is where the bytes of a pushed file stand until they are complete: a hidden name
// beside the target, which tells contents apart, so that two pushes at once do not meet.
func RemotePartName(path, sha256 string) string {
	return PartName(path + "." + sha256[:min(16, len(sha256))])
}

// An UnreachableError is wrapped by what went wrong since another machine could not be
// reached, or no longer.
type UnreachableError struct {
	Peer Peer
	Err  error // in the words of ssh, with what to do
}

func (e *UnreachableError) Error() string { return e.Err.Error() }
func (e *UnreachableError) Unwrap() error { return e.Err }
