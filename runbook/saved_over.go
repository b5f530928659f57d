package runbook

import "redbook/runbook/effect"

// savedOver tells whether a server may have replaced what an effect renamed: since then
// it stood at the path of a dump or an AOF of a server that ran. A server writes these
// as new files, under the same name.
func (h *history) savedOver(e *entry) bool {
	r, ok := e.decoded().(*effect.Rename)
	if !ok {
		return false
	}
	places := map[string]bool{r.To: true, r.From: e.state == effectIntended}
	for _, later := range h.entries[e.number:] {
		if r, ok := later.decoded().(*effect.Rename); ok && places[r.From] {
			places[r.To] = true
		}
	}
	for _, s := range h.header.Servers {
		if (places[s.Description.Dump] || places[s.Description.AOFPath]) && h.ranSince(e, s) {
			return true
		}
	}
	return false
}

// ranSince tells whether a server ran at any time after an effect was done.
func (h *history) ranSince(e *entry, s PlannedServer) bool {
	up := s.Description.Running
	for _, other := range h.entries {
		if up && other.number > e.number {
			return true
		}
		switch eff := other.decoded().(type) {
		case *effect.Stop:
			up = up && eff.Redis != s.Server.Name
		case *effect.Start:
			up = up || eff.Redis == s.Server.Name
		}
	}
	return up
}
