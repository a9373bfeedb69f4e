package evict

import (
	"fmt"
	"slices"
	"strings"

	"oust/internal/finding"
	"oust/internal/relate"
)

// assemble puts the steps of all targets in the order of their phases, and adds the phases that are the plan's own.
func (p *planner) assemble() {
	slices.SortStableFunc(p.targets, byTime) // the latest first: what was made last hangs on what was made before
	p.childrenFirst()
	p.freeze()
	var all []*finding.EvictStep
	for _, t := range p.targets {
		all = append(all, t.steps...)
	}
	if len(all) == 0 {
		return
	}
	all = append(all, p.evidenceSteps(all)...)
	all = append(all, p.barrier(all)...)
	slices.SortStableFunc(all, func(a, b *finding.EvictStep) int { return a.Phase - b.Phase })
	number := map[int]int{}
	for _, s := range all {
		number[s.Phase]++
		s.ID = fmt.Sprintf("%02d-%03d", s.Phase, number[s.Phase])
	}
	p.depend(all)
	rename(all)
	accounts := map[string]bool{}
	for _, s := range all {
		p.out.Steps = append(p.out.Steps, *s)
		if s.Account != "" && !accounts[s.Account] {
			accounts[s.Account] = true
			p.out.Accounts = append(p.out.Accounts, s.Account)
		}
	}
	slices.Sort(p.out.Accounts)
}

// childrenFirst moves every target before what it hangs on.
func (p *planner) childrenFirst() {
	index := map[string]*target{}
	for _, t := range p.targets {
		index[t.node.Name()] = t
	}
	done := map[*target]bool{}
	children := map[*target][]*target{}
	for _, t := range p.targets {
		for _, parent := range p.g.Parents(t.node) {
			if of := index[parent.Name()]; of != nil && of != t {
				children[of] = append(children[of], t)
			}
		}
	}
	var out []*target
	var visit func(*target)
	visit = func(t *target) {
		if done[t] {
			return
		}
		done[t] = true
		for _, c := range children[t] {
			visit(c)
		}
		out = append(out, t)
	}
	for _, t := range p.targets {
		visit(t)
	}
	p.targets = out
}

// freeze makes one group of the roles that can open sessions of each other: held one after another, the intruder moves on.
func (p *planner) freeze() {
	edges := p.g.Assumes(p.c)
	reach := func(from, to string) bool {
		seen := map[string]bool{}
		var walk func(string) bool
		walk = func(at string) bool {
			for _, next := range edges[at] {
				if next == to {
					return true
				}
				if !seen[next] {
					seen[next] = true
					if walk(next) {
						return true
					}
				}
			}
			return false
		}
		return walk(from)
	}
	group := map[string]string{}
	n := 0
	for i, a := range p.targets {
		arn := a.node.Kind.FullName(a.node.Key, "")
		if !isPrincipal(a) || group[arn] != "" {
			continue
		}
		for _, b := range p.targets[i+1:] {
			other := b.node.Kind.FullName(b.node.Key, "")
			if isPrincipal(b) && reach(arn, other) && reach(other, arn) {
				if group[arn] == "" {
					n++
					group[arn] = fmt.Sprintf("freeze-%d", n)
				}
				group[other] = group[arn]
			}
		}
	}
	for _, t := range p.targets {
		for _, s := range t.steps {
			if s.PhaseName == "contain" {
				s.Group = group[t.node.Kind.FullName(t.node.Key, "")]
			}
		}
	}
}

// evidenceSteps reads and keeps what the steps will change, once for each call.
func (p *planner) evidenceSteps(all []*finding.EvictStep) (out []*finding.EvictStep) {
	seen := map[string]bool{}
	for _, s := range all {
		if s.Save == nil || seen[s.Account+s.Region+fmt.Sprint(s.Save)] {
			continue
		}
		seen[s.Account+s.Region+fmt.Sprint(s.Save)] = true
		e := *s
		e.Phase, e.PhaseName, e.Call, e.Save, e.Undo, e.Group, e.Out, e.Query = phase("evidence"), "evidence", s.Save, nil, nil, "", "", ""
		e.Title = "keep what " + strings.TrimPrefix(s.Save.Operation, "s3api:") + " says of " + s.Target.ID + ", with its SHA-256"
		e.Blast = finding.Blast{Others: []string{}}
		e.Missing, e.Approval, e.Reversibility, e.Note, e.Hint, e.Pre, e.Verify = []finding.Missing{}, finding.Approval{}, "full", "", "", nil, nil
		out = append(out, &e)
	}
	return out
}

// barrier makes the steps between the others: wait until the containment holds, look again, go on watching.
func (p *planner) barrier(all []*finding.EvictStep) (out []*finding.EvictStep) {
	own := func(name, title, note string) {
		out = append(out, &finding.EvictStep{
			Phase: phase(name), PhaseName: name, Cloud: "aws", Title: title, Note: note, Status: "planned", Join: string(relate.Exact), Confidence: "high",
			Missing: []finding.Missing{}, Why: []finding.Evidence{}, DependsOn: []string{}, Findings: []string{}, Blast: finding.Blast{Others: []string{}}, Reversibility: "full",
		})
	}
	if slices.ContainsFunc(all, func(s *finding.EvictStep) bool { return s.PhaseName == "contain" }) {
		own("settle", "wait until the containment holds everywhere, at least 15 seconds, and take the time",
			"ask for something harmless as one of the contained principals (iam:SimulatePrincipalPolicy) until it is denied five times in a row; the time then, in UTC and from the Date header of the answer, is the cut-off")
		out[len(out)-1].Out = "CUTOFF"
	}
	for _, t := range p.targets {
		if t.stolen && len(t.steps) > 0 {
			own("rotate", "give the owner of access key "+t.node.Key.ID+" a new one where it is used, then delete the old one",
				"find out how it was taken first: what held the old one holds the new one")
		}
	}
	own("verify", "look again: read the log from a minute before the containment, and trace the same clue; anything new makes a new plan",
		"CloudTrail delivers within 15 minutes")
	own("watch", "keep the guard for at least 36 hours, and watch for what brings things back",
		"36 hours is the longest life of a temporary credential")
	return out
}

// depend says what must be done before each step: the barriers, and the earlier steps for the same target and for what hangs on it.
func (p *planner) depend(all []*finding.EvictStep) {
	settle := ""
	byTarget := map[string][]*finding.EvictStep{}
	for _, s := range all {
		if s.PhaseName == "settle" {
			settle = s.ID
			for _, c := range all {
				if c.PhaseName == "contain" || c.PhaseName == "guard" {
					s.DependsOn = append(s.DependsOn, c.ID)
				}
			}
		}
	}
	for _, s := range all {
		if s.Call == nil {
			continue
		}
		key := s.Target.Kind + s.Target.Name
		for _, before := range byTarget[key] {
			s.DependsOn = append(s.DependsOn, before.ID)
		}
		if settle != "" && s.Phase > phase("settle") {
			s.DependsOn = append(s.DependsOn, settle)
		}
		byTarget[key] = append(byTarget[key], s)
	}
	p.dependOnChildren()
}

func (p *planner) dependOnChildren() {
	index := map[string]*target{}
	for _, t := range p.targets {
		index[t.node.Name()] = t
	}
	for _, t := range p.targets {
		for _, parent := range p.g.Parents(t.node) {
			of := index[parent.Name()]
			if of == nil || of == t {
				continue
			}
			for _, s := range of.steps {
				for _, c := range t.steps {
					if s.PhaseName == "delete" && c.Phase <= s.Phase && !slices.Contains(s.DependsOn, c.ID) && c.Phase > phase("settle") {
						s.DependsOn = append(s.DependsOn, c.ID)
					}
				}
			}
		}
	}
}

// rename gives the values that steps hand on names of their own: every principal has its own guard.
func rename(all []*finding.EvictStep) {
	current := map[string]string{} // name and target -> unique name
	n := map[string]int{}
	for _, s := range all {
		key := s.Target.Kind + s.Target.Name
		if s.Out != "" && s.Call != nil {
			n[s.Out]++
			unique := s.Out
			if n[s.Out] > 1 {
				unique = fmt.Sprintf("%s_%d", s.Out, n[s.Out])
			}
			current[s.Out+key] = unique
		}
	}
	for _, s := range all {
		key := s.Target.Kind + s.Target.Name
		for name := range n {
			if to := current[name+key]; to != "" && to != name {
				replace(s.Call, name, to)
				replace(s.Undo, name, to)
				if s.Out == name {
					s.Out = to
				}
			}
		}
	}
}

func replace(c *finding.Call, from, to string) {
	if c == nil {
		return
	}
	for k, v := range c.Params {
		if s, ok := v.(string); ok {
			c.Params[k] = strings.ReplaceAll(s, "<"+from+">", "<"+to+">")
		}
	}
}
