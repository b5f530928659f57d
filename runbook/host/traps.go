package host

import "errors"

// A Trap is a way in which a backup or a restore goes wrong: the name of a
// chapter of docs/traps.md. A plan that warns or refuses, and a run that meets
// what the plan could not see, call it the same.
type Trap string

// The traps, in the order of their chapters. TrapNone is a cause without a chapter.
const (
	TrapNone                 Trap = ""
	TrapSwapWhileRunning     Trap = "swap-while-running"
	TrapAOFWins              Trap = "aof-wins"
	TrapStartsEmpty          Trap = "starts-empty"
	TrapEmptyAOF             Trap = "empty-aof"
	TrapConfigDisagrees      Trap = "config-disagrees"
	TrapRewriteBeforeRestart Trap = "rewrite-before-restart"
	TrapAOFHistoryUnlinked   Trap = "aof-history-unlinked"
	TrapUnreadable           Trap = "unreadable"
	TrapDatabases            Trap = "databases"
	TrapNewerRDB             Trap = "newer-rdb"
	TrapDamagedDump          Trap = "damaged-dump"
	TrapUncheckedDump        Trap = "unchecked-dump"
	TrapModules              Trap = "modules"
	TrapEviction             Trap = "eviction"
	TrapReplica              Trap = "replica"
	TrapCluster              Trap = "cluster"
	TrapOldDump              Trap = "old-dump"
	TrapBrokenAOF            Trap = "broken-aof"
	TrapDefaultUser          Trap = "default-user"
	TrapSandbox              Trap = "sandbox"
	TrapStartTimeout         Trap = "start-timeout"
	TrapMemory               Trap = "memory"
)

// TrapOf is the trap that an error names, TrapNone when it names none.
func TrapOf(err error) Trap {
	var (
		start *StartError
		stop  *StopError
	)
	switch {
	case errors.As(err, &start):
		return start.Trap
	case errors.As(err, &stop):
		return stop.Trap
	}
	return TrapNone
}
