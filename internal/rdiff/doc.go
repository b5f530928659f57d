// Package rdiff knows rdiff-backup from the outside: its command lines, old and
// new, what it prints when a backup is not whole, the spellings of its times, and
// which sessions a repository holds by the names of its files. It runs nothing and
// reads no file.
//
// The names are specified by the program's own documentation of its repository
// ("rdiff-backup-data") and, where that is silent, by its source
// (locations/_repo_shadow.py, read for 2.2).
package rdiff
