package rdb

// Containers of a quicklist's nodes (quicklist.h).
const (
	nodePlain  = 1
	nodePacked = 2
)

// skipValue passes over the current entry's value without decoding it.
func (r *Reader) skipValue() error {
	s := &r.src
	switch r.kind {
	case typeString, typeHashZipmap, typeListZiplist, typeSetIntset, typeZsetZiplist, typeHashZiplist,
		typeHashListpack, typeZsetListpack, typeSetListpack, typeHashPackPreGA:
		return s.skipString()
	case typeHashListpackEx:
		if err := s.skip(8); err != nil { // the first field's expiry
			return err
		}
		return s.skipString()
	case typeModule2:
		return r.skipModuleValue()
	case typeStream, typeStream2, typeStream3, typeStream4:
		return r.skipStream()
	case typeHashMeta:
		if err := s.skip(8); err != nil {
			return err
		}
	}
	n, err := s.count()
	if err != nil {
		return err
	}
	skip := r.skipElement()
	for ; n > 0; n-- {
		if err := skip(s); err != nil {
			return err
		}
	}
	return nil
}

// skipElement returns what passes over one element of a value that is a count and so many elements.
func (r *Reader) skipElement() func(*source) error {
	switch r.kind {
	case typeHash:
		return skipPair
	case typeZset:
		return skipTextScore
	case typeZset2, typeHashValkey:
		return r.skipWithNumber()
	case typeQuicklist2:
		return skipNode
	case typeHashMetaPreGA, typeHashMeta:
		return skipExpiringPair
	}
	return (*source).skipString
}

func (r *Reader) skipWithNumber() func(*source) error {
	name := (*source).skipString
	if r.kind == typeHashValkey {
		name = skipPair
	}
	return func(s *source) error {
		if err := name(s); err != nil {
			return err
		}
		return s.skip(8)
	}
}

func skipPair(s *source) error {
	if err := s.skipString(); err != nil {
		return err
	}
	return s.skipString()
}

func skipExpiringPair(s *source) error {
	if _, err := s.count(); err != nil {
		return err
	}
	return skipPair(s)
}

func skipTextScore(s *source) error {
	if err := s.skipString(); err != nil {
		return err
	}
	n, err := s.byte()
	if err != nil || n >= scoreNaN {
		return err
	}
	return s.skip(uint64(n))
}

func skipNode(s *source) error {
	at := s.offset()
	container, err := s.count()
	if err != nil {
		return err
	}
	if container != nodePlain && container != nodePacked {
		return corrupt(at, "unknown list node container %d", container)
	}
	return s.skipString()
}

func (r *Reader) skipStream() error {
	s := &r.src
	nodes, err := s.count()
	if err != nil {
		return err
	}
	for ; nodes > 0; nodes-- {
		if err := skipPair(s); err != nil { // the first ID and the listpack
			return err
		}
	}
	counts := 3 // length and last ID
	if r.kind >= typeStream2 {
		counts = 8 // and first ID, highest deleted ID, entries added
	}
	if err := r.skipCounts(counts); err != nil {
		return err
	}
	groups, err := s.count()
	if err != nil {
		return err
	}
	for ; groups > 0; groups-- {
		if err := r.skipGroup(); err != nil {
			return err
		}
	}
	if r.kind >= typeStream4 {
		return r.skipProducers()
	}
	return nil
}

// skipProducers passes over what Redis 8.6 keeps of a stream's idempotent producers.
func (r *Reader) skipProducers() error {
	if err := r.skipCounts(2); err != nil { // duration and most entries
		return err
	}
	producers, err := r.src.count()
	if err != nil {
		return err
	}
	for ; producers > 0; producers-- {
		if err := r.src.skipString(); err != nil {
			return err
		}
		messages, err := r.src.count()
		if err != nil {
			return err
		}
		for ; messages > 0; messages-- {
			if err := r.src.skipString(); err != nil {
				return err
			}
			if err := r.skipCounts(2); err != nil { // the entry's ID
				return err
			}
		}
	}
	return r.skipCounts(2) // messages and duplicates so far
}

func (r *Reader) skipGroup() error {
	s := &r.src
	if err := s.skipString(); err != nil {
		return err
	}
	counts := 2 // last delivered ID
	if r.kind >= typeStream2 {
		counts = 3 // and entries read
	}
	if err := r.skipCounts(counts); err != nil {
		return err
	}
	pending, err := s.count()
	if err != nil {
		return err
	}
	for ; pending > 0; pending-- {
		if err := s.skip(rawIDSize + 8); err != nil { // ID and delivery time
			return err
		}
		if _, err := s.count(); err != nil { // deliveries
			return err
		}
	}
	consumers, err := s.count()
	if err != nil {
		return err
	}
	for ; consumers > 0; consumers-- {
		if err := r.skipConsumer(); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reader) skipConsumer() error {
	s := &r.src
	if err := s.skipString(); err != nil {
		return err
	}
	times := uint64(8) // last seen
	if r.kind >= typeStream3 {
		times = 16 // and last active
	}
	if err := s.skip(times); err != nil {
		return err
	}
	pending, err := s.count()
	if err != nil {
		return err
	}
	for ; pending > 0; pending-- {
		if err := s.skip(rawIDSize); err != nil {
			return err
		}
	}
	return nil
}
