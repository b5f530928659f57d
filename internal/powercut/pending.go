package powercut

// pending tells which of the first n events are changes that no fsync has made
// durable.
func (r *Record) pending(n int, order Order) map[int]bool {
	p := map[int]bool{}
	for i, e := range r.events[:n] {
		if e.change != nil {
			p[i] = true
			continue
		}
		for j := range p {
			if of(r.events[j].change) == e.synced {
				delete(p, j)
			}
		}
		r.syncNames(p, i, e.synced, order)
	}
	return p
}

// of is the inode whose own state a change is about, 0 for changes of names.
func of(c change) uint64 {
	switch c := c.(type) {
	case write:
		return c.id
	case resize:
		return c.id
	case attributes:
		return c.id
	}
	return 0
}

// syncNames makes the pending binds of a directory durable, with those that must
// come before them.
func (r *Record) syncNames(p map[int]bool, end int, dir uint64, order Order) {
	needed := map[binding]bool{} // names whose earlier binds must be durable too
	all := false
	for i := end - 1; i >= 0; i-- {
		b, ok := r.events[i].change.(bind)
		if !ok || !p[i] {
			continue
		}
		take := all
		for _, s := range b.set {
			take = take || s.dir == dir || needed[binding{dir: s.dir, name: s.name}]
		}
		if !take {
			continue
		}
		delete(p, i)
		all = all || order == Ordered
		for _, s := range b.set {
			needed[binding{dir: s.dir, name: s.name}] = true
		}
	}
}
