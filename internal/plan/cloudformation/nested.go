package cloudformation

import (
	"errors"
	"path/filepath"
	"strings"

	"oust/internal/plan"
	"oust/internal/plan/document"
)

// maxNesting is far beyond what people build; CloudFormation stops before.
const maxNesting = 10

// nest opens the stacks that a stack makes, so that their outputs can be asked for.
func (s *stack) nest() {
	for _, id := range s.order {
		d := s.resources[id]
		switch {
		case d.kind == "AWS::CloudFormation::StackSet" && d.raw["Properties"] != nil:
			s.inline(d)
		case d.kind != stackType:
		case s.nestedTemplate(d) == nil:
			s.r.problem(d.at, "nested stack "+s.prefix+d.id+": "+s.templateName(d), "give oust its template in the same folder, or a change set that includes nested stacks")
		default:
			s.child(d, s.nestedTemplate(d))
		}
	}
}

const stackType = "AWS::CloudFormation::Stack"

func (s *stack) child(d *declared, t *template) {
	depth := 0
	for up := s; up != nil; up = up.up {
		if depth++; up.t == t || depth > maxNesting {
			s.r.problem(d.at, "nested stack "+s.prefix+d.id+": it nests itself, or is more than 10 deep", "nest it without a circle")
			t.seen = true
			return
		}
	}
	props, _ := d.raw["Properties"].(map[string]any)
	given, _ := props["Parameters"].(map[string]any)
	c := s.r.open(t, s, d.id, given)
	s.children[d.id] = c
	c.t.seen = true
	s.r.made++
	if s.r.made < maxResources {
		c.nest()
	}
}

// nestedTemplate finds the template of a nested stack among those that were given.
func (s *stack) nestedTemplate(d *declared) *template {
	if d.kind != stackType {
		return nil
	}
	return s.local(s.templateName(d))
}

// templateName says where the template of a nested stack is. CDK leaves the local file in the metadata.
func (s *stack) templateName(d *declared) string {
	if meta, ok := d.raw["Metadata"].(map[string]any); ok {
		if asset, ok := meta["aws:asset:path"].(string); ok {
			return asset
		}
	}
	props, _ := d.raw["Properties"].(map[string]any)
	url := eval{s, newWorld(nil), false}.value(props["TemplateURL"])
	if text, ok := plainText(url); ok {
		return strings.TrimPrefix(text, "file://")
	}
	return "template at an address that is not known"
}

// inline reads the template that a stack set carries as a text. It is deployed into other accounts.
func (s *stack) inline(d *declared) {
	props, _ := d.raw["Properties"].(map[string]any)
	text, ok := plainText(eval{s, newWorld(nil), false}.value(props["TemplateBody"]))
	if !ok {
		s.r.problem(d.at, "stack set "+s.prefix+d.id+": its template is not in the code", "give oust its template")
		return
	}
	docs := document.Parse([]byte(text), document.Options{Tag: function})
	if len(docs) == 0 || docs[0].Map()["Resources"] == nil {
		s.r.problem(d.at, "stack set "+s.prefix+d.id+": its template cannot be read", "mend its template")
		return
	}
	docs[0].Line, docs[0].End = d.at.Line, d.at.End
	s.child(d, &template{path: s.t.path, doc: docs[0], root: docs[0].Map()})
}

// target is where a CDK app deploys a template.
type target struct{ account, region string }

// manifest reads where the stacks of a CDK app go: aws://111122223333/eu-west-1.
func (r *reading) manifest(f *plan.File, m map[string]any) {
	artifacts, _ := m["artifacts"].(map[string]any)
	for _, a := range artifacts {
		one, _ := a.(map[string]any)
		props, _ := one["properties"].(map[string]any)
		file, _ := props["templateFile"].(string)
		env, _ := one["environment"].(string)
		account, region, ok := strings.Cut(strings.TrimPrefix(env, "aws://"), "/")
		if file == "" || !ok {
			continue
		}
		to := target{plan.Here, plan.HereRegion}
		if !strings.HasPrefix(account, "unknown-") {
			to.account = account
		}
		if !strings.HasPrefix(region, "unknown-") {
			to.region = region
		}
		r.targets[filepath.Join(filepath.Dir(f.Path), file)] = to
	}
}

// contextTree reads the JSON that a change set carries as a text.
func contextTree(v any) (map[string]any, error) {
	text, _ := v.(string)
	docs := document.Parse([]byte(text), document.Options{})
	if len(docs) != 1 || docs[0].Err != nil || docs[0].Map() == nil {
		return nil, errNoObject
	}
	return docs[0].Map(), nil
}

var errNoObject = errors.New("no JSON object")
