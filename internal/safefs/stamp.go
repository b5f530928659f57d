package safefs

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// A Stamp is one state of one file. A file that has the Stamp of a [Copied] is that copy, and its content and attributes
// are unchanged. The zero Stamp is none: no file has it.
//
// It rests on the time of the last change (ctime), which no user can set. So a Copied has one only where the clock that
// this time is taken from had gone on when the copy was looked at; where the file system keeps more than whole seconds;
// and where nobody but this process's user could ever write the file, since what is written by way of a mapping may show
// later or never.
type Stamp struct {
	dev, inode uint64
	size       int64
	changed    int64 // in nanoseconds since 1970
}

// MayHaveStamp tells whether a copy with these attributes can have a Stamp.
func (a Attr) MayHaveStamp() bool { return (a.UID == -1 || a.UID == euid()) && a.Mode&0o022 == 0 }

// StampOf returns the present Stamp of an open file, to be compared with that of a [Copied], or the zero one when the file
// cannot be asked. That two which StampOf returned are equal says nothing.
func StampOf(f *os.File) Stamp {
	var st unix.Stat_t
	if err := retry(func() error { return unix.Fstat(int(f.Fd()), &st) }); err != nil {
		return Stamp{}
	}
	return stampOf(&st)
}

func stampOf(st *unix.Stat_t) Stamp {
	return Stamp{uint64(st.Dev), st.Ino, st.Size, st.Ctim.Nano()} //nolint:unconvert // int32 on some architectures
}

// worthStamp is the size in bytes from which a file takes longer to read again than a Stamp to settle.
const worthStamp = 1 << 20

// A clock of a kernel goes on every 1 to 10 ms.
const (
	tick     = time.Millisecond
	maxTicks = 20
)

// settledStamp returns the Stamp of a file that this process made and holds open, as soon as it is one to rely on; the
// zero one if it never is.
func settledStamp(f *os.File) Stamp {
	for range maxTicks {
		var now unix.Timespec // before the file is looked at: what is changed after that has at least this time
		if unix.ClockGettime(unix.CLOCK_REALTIME_COARSE, &now) != nil {
			return Stamp{}
		}
		var st unix.Stat_t
		if err := retry(func() error { return unix.Fstat(int(f.Fd()), &st) }); err != nil {
			return Stamp{}
		}
		private := int(st.Uid) == euid() && st.Mode&0o022 == 0
		if !private || st.Ctim.Nsec == 0 {
			return Stamp{}
		}
		if now.Nano() > st.Ctim.Nano() {
			return stampOf(&st)
		}
		time.Sleep(tick)
	}
	return Stamp{}
}
