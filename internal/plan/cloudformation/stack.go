package cloudformation

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"oust/internal/plan"
	"oust/internal/plan/document"
)

// A stack is a template that is deployed: by itself, or by a resource of the stack around it.
type stack struct {
	r         *reading
	t         *template
	prefix    string // of addresses: Network/ within a nested stack
	account   string
	region    string
	up        *stack         // the stack around it
	upID      string         // the resource of up that makes it
	given     map[string]any // parameters as up gives them, not evaluated
	resources map[string]*declared
	order     []string
	children  map[string]*stack
}

// declared is one resource as it is declared, before anything is evaluated.
type declared struct {
	id   string
	kind string
	raw  map[string]any
	at   plan.Place
	from string // the SAM resource that it was made of
}

// stacks reads every template that no other one nests, and what is nested below it.
func (r *reading) stacks() {
	roots := make([]*stack, 0, len(r.order))
	nested := map[*template]bool{}
	for _, t := range r.order {
		s := r.open(t, nil, "", nil)
		roots = append(roots, s)
		for _, id := range s.order {
			if c := s.nestedTemplate(s.resources[id]); c != nil && c != t {
				nested[c] = true
			}
		}
	}
	r.exports(roots)
	for _, inner := range []bool{false, true} {
		for _, s := range roots {
			if s.t.seen || !inner && nested[s.t] {
				continue
			}
			s.run()
		}
	}
}

// open prepares a stack: its loops and SAM resources are expanded, nothing is evaluated.
func (r *reading) open(t *template, up *stack, upID string, given map[string]any) *stack {
	s := &stack{r: r, t: t, up: up, upID: upID, given: given, account: plan.Here, region: plan.HereRegion,
		resources: map[string]*declared{}, children: map[string]*stack{}}
	if up != nil {
		s.prefix, s.account, s.region = up.prefix+upID+"/", up.account, up.region
	} else if to, ok := r.targets[filepath.Clean(t.path)]; ok {
		s.account, s.region = to.account, to.region
	}
	s.transforms()
	s.declare()
	s.expand()
	s.sort()
	return s
}

func (s *stack) at() plan.Place {
	return plan.Place{File: s.t.path, Line: s.t.doc.Line, End: s.t.doc.End}
}

func (s *stack) section(name string) map[string]any {
	m, _ := s.t.root[name].(map[string]any)
	return m
}

// declare collects the resources, with loops written out.
func (s *stack) declare() {
	section := s.t.root["Resources"]
	all, ok := section.(map[string]any)
	if !ok {
		s.r.problem(s.at(), "resources that are no mapping", "mend the template")
		return
	}
	for _, name := range document.Keys(all) {
		line, end := s.t.doc.Span("Resources", name)
		at := plan.Place{File: s.t.path, Line: line, End: end}
		if !strings.HasPrefix(name, loopMark) {
			s.add(name, all[name], at)
			continue
		}
		for id, raw := range s.loop(name, all[name], at) {
			s.add(id, raw, at)
		}
	}
}

func (s *stack) add(id string, v any, at plan.Place) {
	raw, _ := v.(map[string]any)
	kind, ok := raw["Type"].(string)
	switch {
	case strings.HasPrefix(id, "Fn::Transform"):
		s.r.problem(at, "resources that macro Fn::Transform adds", "give oust a change set: it shows what the macro makes")
	case !ok:
		s.r.problem(at, "resource "+s.prefix+id+": no type", "give it a Type")
	case strings.HasSuffix(kind, "::MODULE"):
		s.r.problem(at, "module "+kind+" of "+s.prefix+id, "give oust a change set: it shows what the module makes")
	default:
		s.resources[id] = &declared{id: id, kind: kind, raw: raw, at: at}
	}
}

func (s *stack) sort() {
	for id := range s.resources {
		s.order = append(s.order, id)
	}
	slices.SortFunc(s.order, func(a, b string) int {
		if d := s.resources[a].at.Line - s.resources[b].at.Line; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
}

// run gives the resources of a stack, and of those nested in it.
func (s *stack) run() {
	s.t.seen = true
	s.nest()
	for _, id := range s.order {
		if s.r.ctx.Err() != nil {
			return
		}
		if s.r.made >= maxResources || s.r.steps >= maxTotal {
			s.r.problem(s.at(), "resources beyond the first "+strconv.Itoa(s.r.made), "give oust fewer templates at a time")
			return
		}
		s.give(s.resources[id])
		if c := s.children[id]; c != nil {
			c.run()
		}
	}
}

// transforms notes the macros that are not expanded here.
func (s *stack) transforms() {
	for _, t := range document.List(s.t.root["Transform"]) {
		name, _ := t.(string)
		if m, ok := t.(map[string]any); ok {
			if inner, ok := m["Fn::Transform"].(map[string]any); ok {
				m = inner
			}
			name, _ = m["Name"].(string)
			if name == includeMacro {
				s.include(m)
			}
		}
		switch name {
		case samMacro, includeMacro, "AWS::LanguageExtensions", "AWS::SecretsManager-2020-07-23", "AWS::SecretsManager-2024-09-16", "AWS::CodeDeployBlueGreen":
		default:
			s.r.problem(s.at(), "what macro "+name+" makes of the template", "give oust a change set: it shows what the macro makes")
		}
	}
}

const (
	samMacro     = "AWS::Serverless-2016-10-31"
	includeMacro = "AWS::Include"
)

// include merges a part of a template that lies beside it.
func (s *stack) include(m map[string]any) {
	params, _ := m["Parameters"].(map[string]any)
	where, _ := params["Location"].(string)
	t := s.local(where)
	if t == nil || t == s.t {
		s.r.problem(s.at(), "included part "+where, "give oust the file beside the template, or a change set")
		return
	}
	t.seen = true
	for k, v := range t.root {
		have, a := s.t.root[k].(map[string]any)
		more, b := v.(map[string]any)
		if !a || !b {
			continue
		}
		for id, one := range more {
			if _, ok := have[id]; !ok {
				have[id] = one
			}
		}
	}
}

// local finds a template that was given, by a path beside this one.
func (s *stack) local(where string) *template {
	if where == "" || strings.Contains(where, "://") {
		return nil
	}
	return s.r.templates[filepath.Join(filepath.Dir(s.t.path), filepath.FromSlash(where))]
}
