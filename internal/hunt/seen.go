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

// add notes a record by its id, or by its text when it has none; false means that it was there before.
func (s *seen) add(id, body []byte) bool {
	if len(id) == 0 {
		id = body
	}
	h := maphash.Bytes(s.seed, id) | 1 // 0 marks a free place
	sh := &s.shards[h>>(64-6)]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.old.has(h) {
		return false
	}
	if sh.now.n >= seenLimit {
		sh.old, sh.now = sh.now, table{}
	}
	return sh.now.add(h)
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
