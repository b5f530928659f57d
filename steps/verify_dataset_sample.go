package steps

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"time"

	"redbook/internal/ctxio"
	"redbook/internal/rdb"
	"redbook/runbook"
	"redbook/runbook/host"
)

// atOnce is how many keys are compared in one go when all are.
const atOnce = 10_000

// compareKeys reads the dump once and compares its keys, those of a sample or all.
func (v *verifyDataset) compareKeys(ctx context.Context, h runbook.Host, c *comparison) (*datasetDump, error) {
	f, err := h.Open(v.Path)
	if errors.Is(err, host.ErrUnknown) {
		return nil, fmt.Errorf("the content of %s: %w", v.Path, host.ErrUnknown)
	}
	if err != nil {
		return nil, fmt.Errorf("read dump %s: %w", v.Path, err)
	}
	defer f.Close()
	visit := newSample(int(v.Sample))
	if v.All {
		visit = &everyKey{compare: func(keys []wantedKey) error { return c.values(ctx, keys) }}
	}
	dump, err := readKeys(ctxio.NewReader(ctx, f), h.Now().Add(time.Hour), visit)
	var bad *rdb.Error
	if errors.As(err, &bad) && ctx.Err() == nil {
		return nil, refuseDump(v.Path, err.Error(), "choose another backup")
	}
	if err != nil {
		return nil, fmt.Errorf("read dump %s: %w", v.Path, err)
	}
	return dump, c.values(ctx, visit.rest())
}

// A chooser is asked for each key whether its value is wanted, and then given it.
type chooser interface {
	wants(e *rdb.Entry) bool
	take(k wantedKey) error
	rest() []wantedKey
}

// readKeys reads a whole dump. Keys that expire before gone count as possibly gone.
func readKeys(in io.Reader, gone time.Time, to chooser) (*datasetDump, error) {
	r, err := rdb.NewReader(in)
	if err != nil {
		return nil, err
	}
	dump := &datasetDump{summary: r.Summary(), mayBeGone: map[int]int64{}}
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return dump, nil
		}
		if err != nil {
			return nil, err
		}
		if !e.ExpireAt.IsZero() && e.ExpireAt.Before(gone) {
			dump.mayBeGone[e.DB]++
		}
		if !to.wants(e) {
			continue
		}
		k, err := r.Key()
		if err != nil {
			return nil, err
		}
		if err := to.take(wanted(k, gone)); err != nil {
			return nil, err
		}
	}
}

// wanted leaves the value out of what a module keeps, and of a hash that loses fields before gone. When fields expire is
// not compared.
func wanted(k *rdb.Key, gone time.Time) wantedKey {
	_, unread := k.Value.(rdb.Module)
	for _, at := range k.FieldExpireAt {
		unread = unread || at.Before(gone)
	}
	return wantedKey{
		KeyName: host.KeyName{DB: k.DB, Name: string(k.Name)},
		Value:   host.Value{Type: k.Type, Elements: k.Elements(), Digest: k.Digest(), ExpireAt: k.ExpireAt},
		unread:  unread,
	}
}

// everyKey compares all keys, many at a time.
type everyKey struct {
	compare func([]wantedKey) error
	keys    []wantedKey
}

func (a *everyKey) wants(*rdb.Entry) bool { return true }

func (a *everyKey) take(k wantedKey) error {
	a.keys = append(a.keys, k)
	if len(a.keys) < atOnce {
		return nil
	}
	keys := a.keys
	a.keys = a.keys[:0]
	return a.compare(keys)
}

func (a *everyKey) rest() []wantedKey { return a.keys }

// A sample chooses keys by a hash of their names, so that it is spread over the
// dump and the same each time, and shares its size out among the types.
type sample struct {
	size  int
	rank  uint64 // of the key that was last asked about
	types map[string]*ranking
}

func newSample(size int) chooser { return &sample{size: size, types: map[string]*ranking{}} }

func (s *sample) wants(e *rdb.Entry) bool {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d ", e.DB)
	h.Write(e.Name)
	s.rank = mix(h.Sum64())
	r := s.types[e.Type]
	return s.size > 0 && (r == nil || r.Len() < s.size || s.rank < (*r)[0].rank)
}

// mix spreads what FNV leaves similar for similar names (the finalizer of SplitMix64).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (s *sample) take(k wantedKey) error {
	r := s.types[k.Type]
	if r == nil {
		r = &ranking{}
		s.types[k.Type] = r
	}
	heap.Push(r, ranked{s.rank, k})
	if r.Len() > s.size {
		heap.Pop(r)
	}
	return nil
}

// rest shares the sample's size out: a type with few keys leaves its share to the others.
func (s *sample) rest() []wantedKey {
	var all []*ranking
	for _, r := range s.types {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b *ranking) int { return cmp.Compare(a.Len(), b.Len()) })
	var keys []wantedKey
	left := s.size
	for i, r := range all {
		share := min((left+len(all)-i-1)/(len(all)-i), r.Len())
		left -= share
		slices.SortFunc(*r, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
		for _, k := range (*r)[:share] {
			keys = append(keys, k.wantedKey)
		}
	}
	slices.SortFunc(keys, func(a, b wantedKey) int { return cmp.Or(cmp.Compare(a.DB, b.DB), cmp.Compare(a.Name, b.Name)) })
	return keys
}

type ranked struct {
	rank uint64
	wantedKey
}

// A ranking is a heap of the keys with the lowest ranks, the highest of them first.
type ranking []ranked

func (r ranking) Len() int           { return len(r) }
func (r ranking) Less(i, j int) bool { return r[i].rank > r[j].rank }
func (r ranking) Swap(i, j int)      { r[i], r[j] = r[j], r[i] }
func (r *ranking) Push(x any)        { *r = append(*r, x.(ranked)) }
func (r *ranking) Pop() any {
	last := (*r)[len(*r)-1]
	*r = (*r)[:len(*r)-1]
	return last
}
