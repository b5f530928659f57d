// Package aof reads and writes the files of Redis' append-only persistence: the manifest and the parts of the multi-part
// layout of Redis 7.0 and later, and the single file of the versions before.
//
// The formats have no specification but the servers' sources: aof.c and redis-check-aof.c.
//
// The package must not know of runbooks, hosts, configuration or a running server; of dumps it knows package rdb.
package aof
