package hunt

import (
	"hash/maphash"
	"sync"
)

// seen remembers which records went by, so that one that was delivered twice counts once.
// It holds eight bytes a record, and at most two generations of them:
// in logs beyond their size, copies that lie very far apart are counted twice, but change nothing twice,
// because the same change is applied and judged the same way again.
type seen struct {
	seed   maphash.Seed
	shards [seenShards]seenShard
}

const (
	seenShards = 64
	seenLimit  = 1 << 18 // records per shard and generation: 16 million in all
)

type seenShard struct {
	mu       sync.Mutex
	now, old table
}

// hash makes the name of a record of its id, or of its text when it has none.
func (s *seen) hash(id, body []byte) uint64 {
	if len(id) == 0 {
		id = body
	}
	return maphash.Bytes(s.seed, id) | 1 // 0 marks a free place
}

func shardOf(h uint64) int { return int(h >> (64 - 6)) }

// add notes a record; false means that it was there before.
func (s *seen) add(h uint64) bool {
	sh := &s.shards[shardOf(h)]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.add(h)
}

func (sh *seenShard) add(h uint64) bool {
	if sh.old.has(h) {
		return false
	}
	if sh.now.n >= seenLimit {
		sh.old, sh.now = sh.now, table{}
	}
	return sh.now.add(h)
}

// waiting collects records that only have to be counted, and asks for many of one shard at a time:
// the look-ups wait for memory, and so they wait together.
type waiting struct {
	seen   *seen
	shards [seenShards]struct {
		n   int
		all [16]counted
	}
	twice func(counted) // hears of each record that was there before
}

// counted is a record that was added to sums which it does not belong to if it was there before.
type counted struct {
	h       uint64
	account *account
	use     *use
}

func (w *waiting) add(c counted) {
	s := &w.shards[shardOf(c.h)]
	s.all[s.n] = c
	if s.n++; s.n == len(s.all) {
		w.flush(shardOf(c.h))
	}
}

func (w *waiting) flush(i int) {
	s := &w.shards[i]
	sh := &w.seen.shards[i]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for _, c := range s.all[:s.n] {
		if !sh.add(c.h) {
			w.twice(c)
		}
	}
	s.n = 0
}

func (w *waiting) flushAll() {
	for i := range w.shards {
		w.flush(i)
	}
}

// table is a set of hashes with open addressing.
type table struct {
	slots []uint64
	n     int
}

func (t *table) add(h uint64) bool {
	if 4*t.n >= 3*len(t.slots) {
		t.grow()
	}
	if !t.put(h) {
		return false
	}
	t.n++
	return true
}

func (t *table) has(h uint64) bool {
	if t.n == 0 {
		return false
	}
	for i := h & uint64(len(t.slots)-1); t.slots[i] != 0; i = (i + 1) & uint64(len(t.slots)-1) {
		if t.slots[i] == h {
			return true
		}
	}
	return false
}

func (t *table) put(h uint64) bool {
	i := h & uint64(len(t.slots)-1)
	for t.slots[i] != 0 {
		if t.slots[i] == h {
			return false
		}
		i = (i + 1) & uint64(len(t.slots)-1)
	}
	t.slots[i] = h
	return true
}

func (t *table) grow() {
	old := t.slots
	t.slots = make([]uint64, max(256, 2*len(old)))
	for _, h := range old {
		if h != 0 {
			t.put(h)
		}
	}
}
