package powercut

import "math/rand/v2"

// An Order says which changes to directories a cut may leave out.
type Order int

const (
	Ordered   Order = iota // all after a point: journaling filesystems
	Reordered              // any, but in order for each name
)

func (o Order) String() string { return [...]string{"ordered", "reordered"}[o] }

// An Image is what a disk holds when the power comes back.
type Image struct{ all inodes }

// Image returns what a cut at point n leaves. The seeds 0 to 3 are the corners:
// nothing that is not durable survives, everything, names without their files,
// files without their names. Each further one is some part of it.
func (r *Record) Image(n int, order Order, seed uint64) *Image {
	all := r.start.clone()
	for _, e := range r.events[:n] {
		if b, ok := e.change.(bind); ok && b.born != nil {
			all[b.id] = b.born.clone() // whether a name leads to it is another matter
		}
	}
	c := &choice{order: order, random: rand.New(rand.NewPCG(seed, uint64(n)))}
	switch seed {
	case 0, 1, 2, 3:
		c.names, c.files = chance(seed == 1 || seed == 2), chance(seed == 1 || seed == 3)
	default:
		c.names, c.files = c.random.Float64(), c.random.Float64()
	}
	pending := r.pending(n, order)
	c.startNames(r.events[:n], pending)
	for i, e := range r.events[:n] {
		switch {
		case e.change == nil:
		case !pending[i]:
			e.change.apply(all)
		default:
			c.apply(all, e.change)
		}
	}
	all.prune()
	return &Image{all: all}
}

func chance(certain bool) float64 {
	if certain {
		return 1
	}
	return 0
}

// A choice is the part of what is not durable that one image keeps.
type choice struct {
	order        Order
	random       *rand.Rand
	names, files float64 // how likely a change survives
	left         int     // binds that survive, in Ordered
	lost         map[binding]bool
	lostAttr     map[uint64]bool
}

// startNames settles how many of the pending binds survive where they come in
// order.
func (c *choice) startNames(events []event, pending map[int]bool) {
	c.lost, c.lostAttr = map[binding]bool{}, map[uint64]bool{}
	for i, e := range events {
		if _, ok := e.change.(bind); ok && pending[i] {
			c.left++
		}
	}
	if c.names < 1 {
		c.left = min(int(c.names*float64(c.left+1)), c.left)
	}
}

func (c *choice) apply(all inodes, ch change) {
	switch ch := ch.(type) {
	case bind:
		if c.keeps(ch) {
			ch.apply(all)
		}
	case write:
		c.write(all, ch)
	case attributes:
		if c.lostAttr[ch.id] = c.lostAttr[ch.id] || !c.hit(c.files); !c.lostAttr[ch.id] {
			ch.apply(all)
		}
	default:
		if c.hit(c.files) {
			ch.apply(all)
		}
	}
}

func (c *choice) hit(likely float64) bool { return c.random.Float64() < likely }

// keeps decides about a bind.
func (c *choice) keeps(b bind) bool {
	if c.order == Ordered {
		c.left--
		return c.left >= 0
	}
	keep := c.hit(c.names)
	for _, s := range b.set {
		keep = keep && !c.lost[binding{dir: s.dir, name: s.name}]
	}
	if !keep {
		for _, s := range b.set {
			c.lost[binding{dir: s.dir, name: s.name}] = true
		}
	}
	return keep
}

// write keeps, loses or tears a write.
func (c *choice) write(all inodes, w write) {
	if c.hit(c.files) {
		w.apply(all)
		return
	}
	if c.files == 0 || c.random.IntN(2) == 0 {
		return
	}
	sector := []int{512, 4096}[c.random.IntN(2)]
	if c.random.IntN(2) == 0 { // the size arrived
		w2 := resize{id: w.id, size: max(len(all[w.id].data), w.offset+len(w.data)), mtime: w.mtime}
		w2.apply(all)
	}
	for from := w.offset; from < w.offset+len(w.data); {
		to := min((from/sector+1)*sector, w.offset+len(w.data))
		if c.random.IntN(2) == 0 {
			part := write{id: w.id, offset: from, data: w.data[from-w.offset : to-w.offset], mtime: w.mtime}
			part.apply(all)
		}
		from = to
	}
}
