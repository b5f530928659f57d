package host

import (
	"context"
	"io"
	"time"
)

// The kinds of directory entries that redbook tells apart.
const (
	KindFile      = "file"
	KindDirectory = "directory"
	KindSymlink   = "symlink"
	KindFIFO      = "FIFO"
	KindSocket    = "socket"
	KindDevice    = "device"
	KindOther     = "special file" // one of these three, where it is not known which
)

// Info describes one directory entry; a symlink is described, not followed.
type Info struct {
	Path    string    `json:"path"`
	Kind    string    `json:"kind"`
	Size    int64     `json:"size"` // bytes; -1 when a picture does not know it
	Mode    uint32    `json:"mode"` // permission bits with set-id and sticky, at most 07777
	UID     int       `json:"uid"`
	GID     int       `json:"gid"`
	Device  uint64    `json:"device"`
	Inode   uint64    `json:"inode"` // 0 when the entry exists only in a picture
	ModTime time.Time `json:"mtime"`
	Links   uint64    `json:"links"`
}

// Attr is what redbook sets on an entry: owner, group and permission bits.
// An id of -1 keeps the present one; Mode nil keeps the present mode.
type Attr struct {
	UID  int     `json:"uid"`
	GID  int     `json:"gid"`
	Mode *uint32 `json:"mode,omitempty"`
}

// Digest names the content of a file.
type Digest struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // lower-case hex
}

// Space is the room on a filesystem.
type Space struct {
	Device    uint64 // equal for two paths exactly when a rename between them works
	Available uint64 // bytes
}

// Files is the readable side of a filesystem. Paths are absolute and clean.
// Planted symlinks are refused, trusted ones in parent directories (root's
// own, in directories that only root may change) are followed. A missing
// entry wraps fs.ErrNotExist.
type Files interface {
	Stat(path string) (Info, error)
	// Open opens a regular file for reading; content that only the run will
	// know gives ErrUnknown.
	Open(path string) (io.ReadCloser, error)
	// ReadDir lists a directory, sorted by name.
	ReadDir(path string) ([]Info, error)
	// Digest reads a whole file.
	Digest(ctx context.Context, path string) (Digest, error)
	// Space tells about the filesystem that holds the existing path.
	Space(path string) (Space, error)
}

// FileChanger is the changing side. Each call is durable when it returns: the
// content and the directory entries that it touched are fsynced. Nothing ever
// overwrites an entry except ReplaceFile, which replaces a regular file whole
// and keeps its owner, group and mode. An existing target wraps fs.ErrExist.
type FileChanger interface {
	FileMaker
	// ReplaceFile writes a file anew, by way of PartName(path).
	ReplaceFile(ctx context.Context, path string, content []byte) error
	// Rename moves a file or a directory within one filesystem.
	Rename(ctx context.Context, from, to string) error
	// Remove removes a file, a symlink or an empty directory.
	Remove(ctx context.Context, path string) error
	SetAttr(ctx context.Context, path string, a Attr) error
	// Sync changes nothing: what is at path, or that nothing is, becomes durable.
	// It is for what another process may have done and was killed before it
	// became so. A directory that may not be opened is passed over.
	Sync(ctx context.Context, path string) error
}

// FileMaker makes new entries. A new file appears whole or not at all: until then
// its bytes stand under PartName of it, which is overwritten if it is there.
type FileMaker interface {
	// CopyFile makes a new file at to, with the content of another. Without a mode
	// it gets the original's.
	CopyFile(ctx context.Context, from, to string, a Attr) (Digest, error)
	// CreateFile makes a new file of this content. Without a mode it is private: 0600.
	CreateFile(ctx context.Context, path string, content []byte, a Attr) error
	// Link gives the regular file at from a second name, to, in the same filesystem.
	// Not every filesystem can, and the kernel may forbid it to who does not own the file.
	Link(ctx context.Context, from, to string) error
	// MakeDir makes an empty directory. Without a mode it is private: 0700. A call
	// that is cut off may leave it without its owner and mode.
	MakeDir(ctx context.Context, path string, a Attr) error
}
