//go:build e2e

package e2e

// places are servers that keep their files elsewhere, or by other names.
func places(multiPart bool) []scenario {
	const dir = "/srv/redis data"
	named := "dir \"" + dir + "\"\ndbfilename the.rdb\nappendfilename log.aof\n"
	if multiPart {
		named += "appenddirname the.aofs\n"
	}
	set := setup{aof: true, config: named, dir: dir, dropIn: "[Service]\nReadWritePaths=\"" + dir + "\"\n"}
	return []scenario{
		{"restore.hcl with other names of dir, dump and AOF", set, "exit 0, backup data, AOF on", restored("restore.hcl")},
		{"rollback of restore.hcl with other names of dir, dump and AOF", set, "exit 0, current data, AOF on", rolledBack("restore.hcl")},
		{"restore-tutorial.hcl with other names of dir, dump and AOF", set, "exit 0, backup data, AOF on", restored("restore-tutorial.hcl")},
	}
}
