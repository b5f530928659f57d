package rdb

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"time"
)

// rawIDSize is the size of a stream ID as two big-endian numbers.
const rawIDSize = 16

// A StreamID identifies an entry of a stream.
type StreamID struct{ Millis, Seq uint64 }

func (id StreamID) String() string { return fmt.Sprintf("%d-%d", id.Millis, id.Seq) }

// A Stream is the value of a stream key. What Redis 8.6 keeps of idempotent producers is left out.
type Stream struct {
	Entries      []StreamEntry // without deleted ones
	LastID       StreamID
	FirstID      StreamID // zero in dumps of Redis before 7.0
	MaxDeletedID StreamID // likewise
	EntriesAdded uint64   // likewise the number of entries
	Groups       []Group
}

// A StreamEntry is one message of a stream.
type StreamEntry struct {
	ID     StreamID
	Fields []Field
}

// A Field is one field of a stream's entry; a name may occur more than once.
type Field struct{ Name, Value []byte }

// A Group is a consumer group.
type Group struct {
	Name        []byte
	LastID      StreamID
	EntriesRead int64 // -1: unknown
	Pending     []Pending
	Consumers   []Consumer
}

// A Pending entry was delivered and not acknowledged.
type Pending struct {
	ID          StreamID
	Consumer    []byte
	DeliveredAt time.Time
	Deliveries  uint64
}

// A Consumer is a member of a consumer group.
type Consumer struct {
	Name     []byte
	SeenAt   time.Time
	ActiveAt time.Time // zero in dumps of Redis before 7.2, and for a consumer that never read an entry
	Pending  int
}

func (r *Reader) stream() (*Stream, error) {
	st := &Stream{}
	nodes, err := r.src.count()
	if err != nil {
		return nil, err
	}
	for ; nodes > 0; nodes-- {
		if err := r.streamNode(st); err != nil {
			return nil, err
		}
	}
	at := r.src.offset()
	length, err := r.src.count()
	if err != nil {
		return nil, err
	}
	if length != uint64(len(st.Entries)) {
		return nil, corrupt(at, "stream of %d entries says that it has %d", len(st.Entries), length)
	}
	st.EntriesAdded = length
	targets := []*uint64{&st.LastID.Millis, &st.LastID.Seq}
	if r.kind >= typeStream2 {
		targets = append(targets, &st.FirstID.Millis, &st.FirstID.Seq,
			&st.MaxDeletedID.Millis, &st.MaxDeletedID.Seq, &st.EntriesAdded)
	}
	if err := r.counts(targets...); err != nil {
		return nil, err
	}
	groups, err := r.src.count()
	if err != nil {
		return nil, err
	}
	for ; groups > 0; groups-- {
		g, err := r.group()
		if err != nil {
			return nil, err
		}
		st.Groups = append(st.Groups, g)
	}
	if r.kind >= typeStream4 {
		return st, r.skipProducers()
	}
	return st, nil
}

func (r *Reader) counts(targets ...*uint64) (err error) {
	for _, t := range targets {
		if *t, err = r.src.count(); err != nil {
			return err
		}
	}
	return nil
}

func rawID(p []byte) StreamID {
	return StreamID{binary.BigEndian.Uint64(p), binary.BigEndian.Uint64(p[8:])}
}

// streamNode reads one listpack of entries (t_stream.c, streamAppendItem).
func (r *Reader) streamNode(st *Stream) error {
	at := r.src.offset()
	first, err := r.src.string()
	if err != nil {
		return err
	}
	if len(first) != rawIDSize {
		return corrupt(at, "stream node whose key is not an ID")
	}
	at = r.src.offset()
	elements, err := r.encoded("listpack", listpack)
	if err != nil {
		return err
	}
	node := nodeReader{elements: elements, base: rawID(first)}
	entries, ok := node.entries()
	if !ok {
		return corrupt(at, "corrupt stream node")
	}
	st.Entries = append(st.Entries, entries...)
	return nil
}

// Flags of a stream's entry (t_stream.c, STREAM_ITEM_FLAG_*).
const (
	entryDeleted    = 1 << 0
	entrySameFields = 1 << 1
)

// A nodeReader takes the elements of a stream's node one after the other. Each read fails for good after the first
// that failed.
type nodeReader struct {
	elements [][]byte
	base     StreamID
	names    [][]byte
	bad      bool
}

func (n *nodeReader) take(count int64) [][]byte {
	if n.bad || count < 0 || count > int64(len(n.elements)) {
		n.bad = true
		return nil
	}
	taken := n.elements[:count]
	n.elements = n.elements[count:]
	return taken
}

func (n *nodeReader) int() int64 {
	taken := n.take(1)
	if n.bad {
		return 0
	}
	v, err := strconv.ParseInt(string(taken[0]), 10, 64)
	n.bad = err != nil
	return v
}

// entries decodes the node: live and deleted counts, the field names that most entries share, then the entries.
func (n *nodeReader) entries() (live []StreamEntry, ok bool) {
	wantLive, wantDeleted := n.int(), n.int()
	n.names = n.take(n.int())
	if n.int() != 0 {
		return nil, false
	}
	var deleted int64
	for !n.bad && len(n.elements) > 0 {
		entry, flags := n.entry()
		if flags&entryDeleted != 0 {
			deleted++
		} else {
			live = append(live, entry)
		}
	}
	return live, !n.bad && int64(len(live)) == wantLive && deleted == wantDeleted
}

func (n *nodeReader) entry() (e StreamEntry, flags int64) {
	before := len(n.elements)
	flags = n.int()
	e.ID = StreamID{n.base.Millis + uint64(n.int()), n.base.Seq + uint64(n.int())}
	if flags&entrySameFields != 0 {
		for i, v := range n.take(int64(len(n.names))) {
			e.Fields = append(e.Fields, Field{n.names[i], v})
		}
	} else {
		for count := n.int(); count > 0 && !n.bad; count-- {
			if pair := n.take(2); !n.bad {
				e.Fields = append(e.Fields, Field{pair[0], pair[1]})
			}
		}
	}
	used := int64(before - len(n.elements))
	if n.int() != used {
		n.bad = true
	}
	return e, flags
}

func (r *Reader) group() (g Group, err error) {
	if g.Name, err = r.src.string(); err != nil {
		return g, err
	}
	unknown := int64(-1)
	read := uint64(unknown)
	targets := []*uint64{&g.LastID.Millis, &g.LastID.Seq}
	if r.kind >= typeStream2 {
		targets = append(targets, &read)
	}
	if err := r.counts(targets...); err != nil {
		return g, err
	}
	g.EntriesRead = int64(read)
	pending, err := r.src.count()
	if err != nil {
		return g, err
	}
	byID := map[StreamID]int{}
	for ; pending > 0; pending-- {
		p, err := r.pendingEntry()
		if err != nil {
			return g, err
		}
		byID[p.ID] = len(g.Pending)
		g.Pending = append(g.Pending, p)
	}
	consumers, err := r.src.count()
	if err != nil {
		return g, err
	}
	for ; consumers > 0; consumers-- {
		c, err := r.consumer(&g, byID)
		if err != nil {
			return g, err
		}
		g.Consumers = append(g.Consumers, c)
	}
	return g, nil
}

func (r *Reader) pendingEntry() (p Pending, err error) {
	raw, err := r.src.take(rawIDSize)
	if err != nil {
		return p, err
	}
	p.ID = rawID(raw)
	t, err := r.src.millis()
	if err != nil {
		return p, err
	}
	p.DeliveredAt = time.UnixMilli(t)
	p.Deliveries, err = r.src.count()
	return p, err
}

// consumer reads a consumer and makes it the owner of its pending entries.
func (r *Reader) consumer(g *Group, byID map[StreamID]int) (c Consumer, err error) {
	if c.Name, err = r.src.string(); err != nil {
		return c, err
	}
	seen, err := r.src.millis()
	if err != nil {
		return c, err
	}
	c.SeenAt = time.UnixMilli(seen)
	if r.kind >= typeStream3 {
		active, err := r.src.millis()
		if err != nil {
			return c, err
		}
		if active >= 0 {
			c.ActiveAt = time.UnixMilli(active)
		}
	}
	pending, err := r.src.count()
	if err != nil {
		return c, err
	}
	for ; pending > 0; pending-- {
		at := r.src.offset()
		raw, err := r.src.take(rawIDSize)
		if err != nil {
			return c, err
		}
		i, ok := byID[rawID(raw)]
		if !ok {
			return c, corrupt(at, "consumer %q with a pending entry that its group does not have", c.Name)
		}
		g.Pending[i].Consumer = c.Name
		c.Pending++
	}
	return c, nil
}
