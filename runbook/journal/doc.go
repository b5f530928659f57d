// Package journal is the write-ahead log of a run: a directory per run that
// holds the runbook as it was, the plan, and journal.jsonl, one record a line
// with a sequence number and a checksum, fsynced before the engine goes on. It
// is made to be read with cat and jq. The package knows records and their
// order; what an effect or a step means is the engine's matter.
package journal
