// Package nspawn makes Debian hosts for tests: whole systems with systemd as
// process 1, made by debootstrap, kept in the user's cache directory and booted by
// systemd-nspawn in seconds, each on a throwaway layer in memory.
//
// It needs root, systemd-nspawn and debootstrap; it installs what is missing. It
// knows nothing of Redis or of the rest of the module. It is for tests alone.
//
// A host has its own processes, mounts, network (lo, and what Connect plugs in) and hostname; kernel and
// clock are those of the machine. Its layer lives in a mount namespace of its own
// and its processes die with the test's, so that nothing is left to clean up, not
// even after SIGKILL.
package nspawn
