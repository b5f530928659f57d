// Package preview is the picture of a machine: what a plan works on instead of
// the machine itself. Reads fall through to the real machine until something
// was changed; changes stay in memory and later reads see them. So an effect
// done on a picture is its own preview, and a plan carries the state of each
// step to the next.
//
// A picture knows how Redis starts: which of the dump, the append-only file or
// nothing a server of its version would load given the config file, the files,
// their owners and modes as the picture has them (loadDataFromDisk in Redis'
// server.c, loadAppendOnlyFiles in aof.c). A start that would fail, or would
// come up without the data meant, is an error that names the trap.
//
// It holds a host.Reader and nothing else, so it cannot change the machine. It
// knows nothing of runbooks, steps and effects; the planner tells it the name
// of the step at work (At), only so that messages can name it.
package preview
