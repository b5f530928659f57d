// Package replication speaks Redis' replication protocol for the length of one
// full synchronization, from either end: Fetch takes a server's dataset as a
// replica does, and a Primary gives a server the dataset of a dump.
//
// The protocol has no specification but the servers' source, replication.c:
// syncWithMaster and readSyncBulkPayload are the replica, syncCommand and
// masterTryPartialResync the primary.
//
// The package knows connections and dumps. It must not know of runbooks, hosts or
// how a server is told to replicate.
package replication
