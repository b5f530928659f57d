package local

import (
	"context"
	"regexp"
	"strings"

	"redbook/runbook/host"
)

// startFacts are what remedies name.
type startFacts struct {
	config, dir, dump, aof, log, user string
}

func (s *server) startFacts(ctx context.Context) startFacts {
	st, err := s.readSettings(ctx, "")
	if err != nil {
		return startFacts{config: s.config.Config, dir: "dir", dump: "the dump", aof: "the AOF", log: "", user: "the server's user"}
	}
	f := startFacts{config: st.config, dir: st.dir, dump: st.dump(), aof: st.aofPath(true), log: st.logFile, user: "the server's user"}
	if uid, gid, err := s.runsAs(ctx, mainProcess{}, st.dir); err == nil {
		f.user, _ = accountNames(uid, gid)
	}
	return f
}

// refusesToStop is what a server logs that got SIGTERM and stays (T18).
var refusesToStop = regexp.MustCompile(`can't exit|errors trying to shut down the server`)

// logPrefix is what comes before a message: "1584:M 25 Nov 2026 19:27:48.368 # ".
var logPrefix = regexp.MustCompile(`(?m)^\d+:[A-Z] \d+ \w+ \d+ [\d:.]+ [-.*#] `)

// An explanation of one way in which a server fails to start. In its texts {dump}
// and the like stand for facts, {1} for what the pattern caught.
type explanation struct {
	pattern *regexp.Regexp
	trap    host.Trap
	cause   string
	remedy  string
}

// explanations, the more telling first: a server logs a cause and then its
// consequences. The texts of the patterns are those of Redis 6.0 to 8.0 and
// Valkey 8 (server.c, rdb.c, aof.c, config.c).
var explanations = []explanation{
	{regexp.MustCompile(`(?is)FATAL CONFIG FILE ERROR.*?at line (\d+)\s+>>> '([^\n]*)'\s+([^\n]*)`), host.TrapNone,
		"the server refuses its config: line {1}, {2}: {3}",
		"mend that line of {config}, or of a file that it includes"},
	{regexp.MustCompile(`can't open config file '?([^'\n]*)'?: (.*)`), host.TrapNone,
		"the server cannot read its config {1}: {2}",
		"check config and command, and that {user} may read the file"},
	{regexp.MustCompile(`Can't chdir to '(.*?)': (.*)`), host.TrapNone,
		"the server cannot enter its directory {1}: {2}",
		"make the directory for {user}, or mend dir in {config}"},
	{regexp.MustCompile(`Can't open the log file: (.*)`), host.TrapNone,
		"the server cannot open its log file {log}: {1}",
		"mend logfile in {config}, or give its directory to {user}"},
	{regexp.MustCompile(`(.*Read-only file system.*)`), host.TrapSandbox,
		"the filesystem is read-only for the server: {1}",
		"allow the path in the unit (ReadWritePaths=), or keep dir where the unit may write"},
	{regexp.MustCompile(`listening socket (\S+): bind: Cannot assign requested address`), host.TrapNone,
		"{1} is no address of this machine",
		"mend bind in {config}, or have the unit wait for the network (After=network-online.target)"},
	{regexp.MustCompile(`listening socket (\S+): bind: Permission denied`), host.TrapNone,
		"the server may not listen at {1}",
		"mend port in {config}, or allow the unit ports below 1024 (AmbientCapabilities=CAP_NET_BIND_SERVICE)"},
	{regexp.MustCompile(`(?:bind|listen): (Address already in use)|Failed listening on port (\d+)`), host.TrapNone,
		"the server's port or socket is in use by another process",
		"find it (ss -ltnp) and stop it, or mend port in {config}"},
	{regexp.MustCompile(`Failed opening Unix socket: (.*)`), host.TrapNone,
		"the server cannot make its socket: {1}",
		"mend unixsocket in {config}, or make its directory for {user} (RuntimeDirectory= of the unit)"},
	{regexp.MustCompile(`because of ACL errors: (.*)|Error loading ACLs, (.*)`), host.TrapNone,
		"the server refuses its ACL file: {1}{2}",
		"mend the file, or aclfile in {config}"},
	{regexp.MustCompile(`Fatal error loading the DB: Permission denied|Fatal error loading the DB, check server logs|Failed opening .*for loading: Permission denied`), host.TrapUnreadable,
		"the server may not read its dump {dump}",
		"give it to {user} (chown) with mode 0660 or 0600, and let {user} enter {dir}"},
	{regexp.MustCompile(`Can't open or create append-only dir (\S+): (?:Not a directory|File exists)`), host.TrapBrokenAOF,
		"{aof} is no directory, where the server keeps its AOF in one",
		"move that file away and put the directory back"},
	{regexp.MustCompile(`(?:AOF|append)[^\n]*Permission denied`), host.TrapUnreadable,
		"the server may not read or write its AOF {aof}",
		"give it to {user} with all that is in it (chown), directories 0750 and files 0640"},
	{regexp.MustCompile(`Can't handle RDB format version (\d+)`), host.TrapNewerRDB,
		"the dump has RDB version {1}, which is newer than this server can read",
		"restore into a server of the version that wrote it, or newer"},
	{regexp.MustCompile(`Wrong signature trying to load DB from file`), host.TrapDamagedDump,
		"{dump} is no RDB file of this server's kind",
		"check the file with redis-check-rdb; a dump of Valkey 9 loads only there"},
	{regexp.MustCompile(`configured to handle more than (\d+) databases`), host.TrapDatabases,
		"the dump holds more databases than the {1} that the server has",
		"raise databases in {config} to the number that the dump needs"},
	{regexp.MustCompile(`(?:module data I can't load|can't load: no matching module)(?:.*?'(.*?)')?`), host.TrapModules,
		"the dump holds data of the module {1}, which this server has not loaded",
		"install the module and load it (loadmodule in {config})"},
	{regexp.MustCompile(`You can't have keys in a DB different than DB 0 when in Cluster mode`), host.TrapCluster,
		"the dump holds keys outside database 0, and the server is in cluster mode",
		"restore into a server that is not in cluster mode"},
	{regexp.MustCompile(`(?s)crashed by signal.*(?:slotToKeyAddEntry|clusterAddSlot)`), host.TrapCluster,
		"the dump holds keys outside database 0, of which a server in cluster mode crashes",
		"restore into a server that is not in cluster mode"},
	{regexp.MustCompile(`Can't load module from (\S+):`), host.TrapModules,
		"the server cannot load the module {1}",
		"install the module, or mend loadmodule in {config}"},
	{regexp.MustCompile(`(?:The AOF file|Unable to obtain the AOF file|append-only file) (\S+) (?:doesn't exist|length\. stat: No such)`), host.TrapBrokenAOF,
		"the AOF's manifest names {1}, which is not there",
		"put the file back into {aof}, or take the manifest's line out"},
	{regexp.MustCompile(`(Invalid AOF manifest file format|AOF manifest file .*|Found an invalid AOF manifest file.*|Mandatory information is missing in manifest.*|Unknown AOF file type.*|Found duplicate base file.*)`), host.TrapBrokenAOF,
		"the AOF's manifest is broken: {1}",
		"check it with redis-check-aof; every line must end in a newline"},
	{regexp.MustCompile(`(Bad file format reading the append only file|Unexpected end of file reading the append only file|Unrecoverable error reading the append only file)`), host.TrapBrokenAOF,
		"the AOF {aof} is damaged: {1}",
		"check it with redis-check-aof, and repair a copy of it with --fix, or restore another backup"},
	{regexp.MustCompile(`(Wrong RDB checksum|Short read or OOM loading DB|RDB CRC error|Internal error in RDB|Unexpected EOF reading RDB file|Terminating server after rdb file reading failure|Error reading the RDB.*)`), host.TrapDamagedDump,
		"the dump is damaged: {1}",
		"check it with redis-check-rdb and restore another backup"},
	{regexp.MustCompile(`(Out Of Memory allocating \d+ bytes|Cannot allocate memory)`), host.TrapMemory,
		"the server ran out of memory: {1}",
		"free memory or raise the unit's MemoryMax, and set vm.overcommit_memory = 1"},
	{regexp.MustCompile(`(Failed to configure TLS|Failed to load (?:certificate|private key|CA).*)`), host.TrapNone,
		"the server cannot set up TLS: {1}",
		"mend the tls- options in {config}, and let {user} read the key"},
	{regexp.MustCompile(`start(-pre|-post)? operation timed out|start job timed out|Result=timeout|Failed with result 'timeout'`), host.TrapStartTimeout,
		"the unit's start timeout ended before the server had loaded its data",
		"set TimeoutStartSec=infinity for the unit (systemctl edit)"},
	{regexp.MustCompile(`ExecMainStatus=203\b`), host.TrapNone,
		"systemd could not run the unit's program (203/EXEC)",
		"check ExecStart and the unit's NoExecPaths"},
	{regexp.MustCompile(`ExecMainStatus=217\b`), host.TrapNone,
		"the unit's user does not exist (217/USER)",
		"check User= and Group= of the unit"},
	{regexp.MustCompile(`Failed to set up mount namespacing: (?:/run/systemd/unit-root)?(/\S+): No such file`), host.TrapSandbox,
		"the unit names {1}, which is not there (226/NAMESPACE)",
		"put it back, or take it out of the unit (ExecStart=, ExecPaths=, ReadWritePaths=, BindPaths=)"},
	{regexp.MustCompile(`ExecMainStatus=226\b`), host.TrapSandbox,
		"systemd could not set up the unit's sandbox (226/NAMESPACE)",
		"make the paths that the unit names (ReadWritePaths=, BindPaths=), or take them out"},
	{regexp.MustCompile(`start-limit-hit`), host.TrapNone,
		"systemd gave up starting the unit after several failures",
		"see its log for the first failure"},
	{regexp.MustCompile(`crashed by signal: (\d+)`), host.TrapNone,
		"the server crashed (signal {1})",
		"see the stack trace in its log; check dump and AOF with redis-check-rdb and redis-check-aof"},
	{regexp.MustCompile(`(.*Permission denied.*)`), host.TrapUnreadable,
		"the server was refused a file: {1}",
		"give what is in {dir} to {user}"},
}

// explainStart finds the first explanation that fits what the server logged; the
// StartError is empty when none does.
func explainStart(text string, f startFacts) *host.StartError {
	text = logPrefix.ReplaceAllString(text, "")
	for _, e := range explanations {
		caught := e.pattern.FindStringSubmatch(text)
		if caught == nil {
			continue
		}
		words := []string{"{config}", f.config, "{dir}", f.dir, "{dump}", f.dump, "{aof}", f.aof, "{log}", f.log, "{user}", f.user}
		for i, group := range caught[1:] {
			words = append(words, "{"+string(rune('1'+i))+"}", strings.TrimSpace(group))
		}
		r := strings.NewReplacer(words...)
		return &host.StartError{Cause: r.Replace(e.cause), Remedy: r.Replace(e.remedy), Trap: e.trap}
	}
	return &host.StartError{}
}
