// Package hostile lets the user that Redis runs as attack redbook, which works as root in
// directories that this user owns: the user plants symbolic links, FIFOs, hard links and directories at
// every path that redbook works on, before a run and while it goes on, and has nothing of it. No file
// outside is opened, written or given away, redbook comes to an end, and it says what it met.
//
// It has tests only, which run the program as it is, on a real redis-server.
package hostile
