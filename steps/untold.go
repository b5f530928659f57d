package steps

import (
	"redbook/runbook"
	"redbook/runbook/host"
)

// noteUntold says that settings may have been changed where nobody can see it.
func noteUntold(h runbook.Host, d host.Description) {
	if d.Untold {
		h.Note("redis.%s does not tell its settings (CONFIG GET): those of %s are taken for its dir, dbfilename and appendonly", h.Redis(), d.Config)
	}
}
