package evict

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"oust/internal/catalog"
	"oust/internal/expr"
	"oust/internal/finding"
	"oust/internal/relate"
	"oust/internal/state"
)

// The phases of an eviction. Those between evidence and verify are in the catalog.
var phases = []string{"evidence", "guard", "contain", "settle", "revoke", "disable", "cut", "detach", "restore", "delete", "rotate", "verify", "watch"}

func phase(name string) int { return slices.Index(phases, name) }

// Options are what a plan needs besides the closure.
type Options struct {
	Catalog    *catalog.Catalog
	Env        *expr.Env
	Findings   []finding.Finding
	Story      string
	Responders []string // ARNs of those who evict: never touched
	Now        time.Time
}

// planner makes one plan.
type planner struct {
	Options
	g       *relate.Graph
	c       *relate.Closure
	out     *finding.Eviction
	kinds   map[string][]*step
	about   map[string][]string // findings of a resource
	targets []*target
}

// A target is a resource that steps are made for.
type target struct {
	touched *relate.Touched
	node    *state.Node
	is      relate.State
	why     string
	actor   bool   // a principal whose sessions are the intruder's: contained and revoked
	stolen  bool   // a credential of somebody else that the intruder uses: switched off and renewed
	robbed  bool   // the intruder removed it, and it was somebody else's
	account string // of one of which only the name is known
	join    relate.Join
	steps   []*finding.EvictStep
}

// Plan makes a plan out of a closure. An error is a mistake in the catalog.
func Plan(g *relate.Graph, clue *relate.Clue, c *relate.Closure, o Options) (*finding.Eviction, error) {
	p := &planner{Options: o, g: g, c: c, kinds: map[string][]*step{}, about: map[string][]string{}}
	p.out = &finding.Eviction{
		Version: finding.Version, Verb: "evict plan", Created: finding.Time{Time: o.Now}, Story: o.Story,
		Clue: finding.Clue{Text: clue.Text, What: clue.What}, Accounts: []string{}, Warnings: []string{},
		Steps: []finding.EvictStep{}, LeftAlone: []finding.Stop{}, Explained: []finding.Settled{}, Findings: append([]string{}, clue.Findings...),
	}
	if g.Coverage != nil {
		p.out.Coverage = *g.Coverage
	}
	for i := range o.Findings {
		p.about[o.Findings[i].Key] = append(p.about[o.Findings[i].Key], o.Findings[i].ID)
	}
	p.choose()
	for _, t := range p.targets {
		if err := p.stepsFor(t); err != nil {
			return nil, err
		}
	}
	p.attempts(clue)
	p.assemble()
	p.warn()
	return p.out, p.seal()
}

// choose makes a target of everything that the intruder touched, and of the principals that they acted as.
func (p *planner) choose() {
	seen := map[string]*target{}
	for _, t := range p.c.Touched {
		is, why := p.g.Standing(t.Node, t.Deeds)
		tg := &target{touched: t, node: t.Node, is: is, why: why, join: p.join(t)}
		seen[t.Node.Name()] = tg
		p.targets = append(p.targets, tg)
	}
	for _, u := range p.c.Units {
		if n := p.g.LongKey(u.Unit); n != nil && seen[n.Name()] == nil {
			tg := &target{touched: &relate.Touched{Node: n}, node: n, is: relate.Standing, join: relate.Exact, stolen: true, account: u.Unit.Actor.Account}
			seen[n.Name()] = tg
			p.targets = append(p.targets, tg)
		}
		n := p.g.Principal(u.Unit)
		if n == nil {
			continue
		}
		tg := seen[n.Name()]
		if tg == nil {
			tg = &target{touched: &relate.Touched{Node: n}, node: n, is: relate.Standing, join: relate.Exact}
			seen[n.Name()] = tg
			p.targets = append(p.targets, tg)
		}
		tg.actor = true
	}
}

// join is the weakest link between the clue and what was done to a resource.
func (p *planner) join(t *relate.Touched) relate.Join {
	for _, d := range t.Deeds {
		if u := p.c.Unit(d.Unit); u != nil && u.Via != nil && u.Via.Join != relate.Exact {
			return u.Via.Join
		}
	}
	return relate.Exact
}

// attempts explains the findings that were refused: nothing is left of them.
func (p *planner) attempts(clue *relate.Clue) {
	for i := range p.Findings {
		f := &p.Findings[i]
		if f.Status == "attempted" && slices.Contains(clue.Findings, f.ID) {
			p.out.Explained = append(p.out.Explained, finding.Settled{
				Resource: f.Resource.Kind + " " + f.Resource.ID, State: "ended", Why: "every attempt was refused", Findings: []string{f.ID},
			})
		}
	}
}

// seal gives the plan the hash of its steps. Where a record was read does not belong to it.
func (p *planner) seal() error {
	steps := slices.Clone(p.out.Steps)
	for i := range steps {
		steps[i].Why = slices.Clone(steps[i].Why)
		for j := range steps[i].Why {
			steps[i].Why[j].Origin = ""
		}
	}
	b, err := json.Marshal(steps)
	if err != nil {
		return fmt.Errorf("seal the plan: %w", err)
	}
	sum := sha256.Sum256(b)
	p.out.ID = hex.EncodeToString(sum[:])
	return nil
}

// warn says what a plan from logs cannot know.
func (p *planner) warn() {
	w := &p.out.Warnings
	*w = append(*w, "Read this plan as the intruder would: if they read the mail or the chat of the responders, use another channel.")
	if p.has("contain") {
		*w = append(*w, "Make sure that an administrator who is not in this plan can still act in every account; the log does not show who all of them are.")
	}
	if len(p.g.Blind()) > 0 {
		*w = append(*w, "The log has holes (see coverage): more may stand than this plan knows. Make a new plan once the log is whole.")
	}
	for _, s := range p.c.Stops {
		*w = append(*w, "Not followed: "+s.What+": "+s.Why)
	}
}

func (p *planner) has(name string) bool {
	return slices.ContainsFunc(p.out.Steps, func(s finding.EvictStep) bool { return s.PhaseName == name })
}

func (p *planner) stepsOf(kind string) ([]*step, error) {
	if s, ok := p.kinds[kind]; ok {
		return s, nil
	}
	k, err := p.Catalog.Kind(kind)
	if err != nil {
		return nil, err
	}
	s, err := compileSteps(p.Env, k)
	p.kinds[kind] = s
	return s, err
}

// leave notes that something is not touched.
func (p *planner) leave(t *target, why string) {
	p.out.LeftAlone = append(p.out.LeftAlone, finding.Stop{What: t.node.Kind.Title + " " + t.node.Key.ID, Why: why})
	p.settle(t, "left alone: "+why)
}

func (p *planner) settle(t *target, why string) {
	p.out.Explained = append(p.out.Explained, finding.Settled{
		Resource: t.node.Kind.Title + " " + t.node.Key.ID, State: string(t.is), Why: why,
		Findings: append([]string{}, p.about[t.node.Name()]...),
	})
}

func byTime(a, b *target) int {
	at := func(t *target) time.Time {
		if len(t.touched.Deeds) == 0 {
			return time.Time{}
		}
		return t.touched.Deeds[0].Time()
	}
	return cmp.Or(at(b).Compare(at(a)), cmp.Compare(b.node.Name(), a.node.Name()))
}
