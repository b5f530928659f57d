// Package rdb reads Redis and Valkey dump files (RDB): it checks that a dump is whole, says what is in it, and
// finds single keys, in constant memory and without a server.
//
// It reads RDB 1 to 13 and Valkey's RDB 80, from an [io.Reader], front to back. Values are skipped by their framing
// and decoded only on demand. A file is not trusted: what is unknown is refused with its offset, a length is never
// allocated before its bytes have arrived, and encoded blobs are bounds checked.
//
// The format has no specification but the servers' sources: rdb.h and rdb.c, and for encoded values listpack.c,
// ziplist.c, zipmap.c, intset.c, t_stream.c and lzf_d.c.
//
// The package must not know of runbooks, hosts, configuration or a running server.
package rdb
