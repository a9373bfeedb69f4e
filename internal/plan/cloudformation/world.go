package cloudformation

import (
	"slices"
	"strings"
)

// A world is one way in which everything that is open before deployment could be decided.
// Its picks are asked for while a resource is evaluated; the same questions come in the same order.
type world struct {
	forced map[string]int
	asked  []pick
	answer map[string]int
	uses   int // how often something that was picked had a say

	bound  map[string]string   // parameters that a condition holds to be this
	barred map[string][]string // … and not to be these
	conds  map[string]bool
	said   []string
	took   []string
	busy   map[string]bool
	names  map[string]any // names of resources, once they are known
	steps  int
	looped bool
}

// A pick is a question with n answers.
type pick struct {
	key   string
	n, at int
}

const (
	maxWorlds = 64
	maxSteps  = 200_000 // values evaluated for one resource in one world
)

func newWorld(forced map[string]int) *world {
	w := &world{forced: forced, answer: map[string]int{}, bound: map[string]string{}, barred: map[string][]string{}}
	w.begin()
	return w
}

// begin forgets what was evaluated, and keeps what was decided.
func (w *world) begin() {
	w.conds, w.busy, w.names, w.said, w.took = map[string]bool{}, map[string]bool{}, map[string]any{}, nil, nil
}

func (w *world) choose(key string, n int) int {
	w.uses++
	if at, ok := w.answer[key]; ok {
		return at
	}
	at := min(w.forced[key], n-1)
	w.answer[key] = at
	w.asked = append(w.asked, pick{key, n, at})
	return at
}

// next gives the picks of the world after this one; nil after the last.
func (w *world) next() map[string]int {
	for i := len(w.asked) - 1; i >= 0; i-- {
		if w.asked[i].at+1 == w.asked[i].n {
			continue
		}
		forced := map[string]int{}
		for _, p := range w.asked[:i] {
			forced[p.key] = p.at
		}
		forced[w.asked[i].key] = w.asked[i].at + 1
		return forced
	}
	return nil
}

// worlds runs f in every world. When they are too many it tries each answer of each question at least once, and says true.
func (r *reading) worlds(f func(*world)) (over bool) {
	var forced map[string]int
	for range maxWorlds {
		w := newWorld(forced)
		f(w)
		r.steps += w.steps
		if forced = w.next(); forced == nil {
			return false
		}
	}
	tried := map[pick]bool{}
	queue := []map[string]int{{}}
	for n := 0; n < len(queue) && n < 4*maxWorlds; n++ {
		w := newWorld(queue[n])
		f(w)
		r.steps += w.steps
		for _, p := range w.asked {
			for p.at = 0; p.at < p.n; p.at++ {
				if !tried[p] {
					tried[p] = true
					queue = append(queue, map[string]int{p.key: p.at})
				}
			}
		}
	}
	return true
}

func (w *world) step() bool {
	w.steps++
	return w.steps <= maxSteps
}

func (w *world) spent() bool { return w.steps > maxSteps || w.looped }

// branch names the conditions that were open in this world, and how they were taken.
func (w *world) branch() string { return strings.Join(w.said, ", ") }

func (w *world) say(s string) {
	if !slices.Contains(w.said, s) {
		w.said = append(w.said, s)
	}
}

func (w *world) take(s string) {
	if !slices.Contains(w.took, s) {
		w.took = append(w.took, s)
	}
}
