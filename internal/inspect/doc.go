// Package inspect says what is in a backup: a dump, an append-only file, or the directory of a multi-part one. It reads
// each file once, front to back, and keeps of it what a report needs: counts, the largest keys, and prefixes of names.
//
// The package must not know of runbooks, hosts, terminals or a running server; of formats it knows what packages rdb
// and aof tell.
package inspect
