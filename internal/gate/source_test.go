package gate

import (
	"context"
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"oust/internal/catalogtest"
	"oust/internal/finding"
	"oust/internal/plan"
	"oust/internal/plan/hcl"
)

// TestPlanAgreesWithSource holds that the plan of every Terraform source among the cases is judged as the source is.
// A plan knows less: a text of which one part is open is open as a whole. There, undetermined will do.
func TestPlanAgreesWithSource(t *testing.T) {
	cat, env := catalogtest.Open(t)
	compared := 0
	for _, id := range cat.TechniqueIDs() {
		tech, err := cat.Technique(id)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range readCases(t, tech) {
			c.files = slices.DeleteFunc(c.files, func(f *plan.File) bool { return path.Ext(f.Path) != ".tf" })
			if len(c.files) == 0 {
				continue
			}
			source := c.run(t, Options{Catalog: cat, Env: env})
			s := simulate(hcl.Reader{}.Read(context.Background(), c.files).Resources)
			c.files = []*plan.File{{Path: "plan.json", Body: s.json(t)}}
			planned := c.run(t, Options{Catalog: cat, Env: env})
			compared += agree(t, id+" "+c.name, s, said(source), said(planned))
		}
	}
	if compared < 100 {
		t.Errorf("only %d findings were compared", compared)
	}
}

// subject is what a finding is about.
type subject struct{ technique, address string }

// said are the opinions of a report, with those that are explained left out.
func said(r *finding.Report) map[subject]string {
	out := map[subject]string{}
	for _, f := range r.Findings {
		if f.Verdict != "explained" {
			out[subject{f.Technique, f.Resource.Address}] = string(f.Severity) + " " + f.Verdict
		}
	}
	return out
}

func agree(t *testing.T, name string, s *simulation, source, planned map[subject]string) int {
	for sub, verdict := range planned {
		if source[sub] == "" && !(s.open[sub.address] && strings.HasSuffix(verdict, " unknown")) {
			t.Errorf("%s: %v is %s in the plan alone", name, sub, verdict)
		}
	}
	for sub, verdict := range source {
		got := planned[sub]
		if got != verdict && !(s.open[sub.address] && strings.HasSuffix(got, " unknown")) {
			t.Errorf("%s: %v is %s in the source, and %q in the plan", name, sub, verdict, got)
		}
	}
	return len(source)
}

// A simulation writes resources as Terraform would plan them.
type simulation struct {
	open    map[string]bool // addresses of which something is not known that the source knows in part
	changes []object
	prior   []object
	root    object // of the configuration

	providers object
}

type object = map[string]any

func simulate(resources []*plan.Resource) *simulation {
	s := &simulation{open: map[string]bool{}, root: object{}, providers: object{}}
	for _, r := range resources {
		module, name := cutLast(r.Address)
		if kind, lookup := strings.CutPrefix(r.Type, "data."); lookup {
			values, _, _ := s.split(r, r.After)
			s.prior = append(s.prior, object{"address": r.Address, "mode": "data", "type": kind, "values": values})
			continue
		}
		after, unknown, marks := s.split(r, r.After)
		u := unknown.(object)
		for _, computed := range []string{"id", "arn", "tags_all", "policy", "acl", "grant", "lifecycle_rule", "website", "user_data", "managed_policy_arns", "inline_policy"} {
			if after.(object)[computed] == nil && u[computed] == nil {
				u[computed] = true
			}
		}
		s.changes = append(s.changes, object{
			"address": r.Address, "module_address": strings.TrimSuffix(module, "."), "mode": "managed", "type": r.Type, "name": bare(name),
			"change": object{"actions": []string{"create"}, "before": nil, "after": after, "after_unknown": unknown, "after_sensitive": marks},
		})
		s.configure(module, object{"address": r.Type + "." + bare(name), "expressions": expressions(r.After, module), "provider_config_key": s.provider(r)})
	}
	return s
}

// provider configures where a resource is, and returns the key of that configuration.
func (s *simulation) provider(r *plan.Resource) string {
	key, args := "aws", object{}
	switch r.Account {
	case plan.Here:
	case plan.There:
		args["profile"] = object{"constant_value": "other"}
	default:
		args["assume_role"] = []object{{"role_arn": object{"constant_value": "arn:aws:iam::" + r.Account + ":role/deploy"}}}
	}
	if r.Elsewhere {
		key = "aws.in" + r.Account
	}
	if r.Region != plan.HereRegion {
		args["region"] = object{"constant_value": r.Region}
		key += r.Region
	}
	s.providers[key] = object{"name": "aws", "expressions": args}
	return key
}

// cutLast splits an address into its module and the name of the resource with its index.
func cutLast(address string) (module, name string) {
	rest := address
	for strings.HasPrefix(rest, "module.") {
		end, quoted := 7, false
		for ; end < len(rest) && (quoted || rest[end] != '.'); end++ {
			if rest[end] == '"' {
				quoted = !quoted
			}
		}
		rest = rest[end+1:]
	}
	_, name, _ = strings.Cut(rest, ".")
	return address[:len(address)-len(rest)], name
}

// split writes a tree as the three trees of a plan: values, what is not known, and what is sensitive.
func (s *simulation) split(r *plan.Resource, tree any) (value, unknown, mark any) {
	switch v := tree.(type) {
	case plan.Unknown:
		s.open[r.Address] = s.open[r.Address] || len(v.Parts) > 0 || len(v.Refs) != 1 || v.Attr == ""
		return nil, true, false
	case plan.Secret:
		value, unknown, _ = s.split(r, v.Value)
		return value, unknown, true
	case object:
		values, unknowns, marks := object{}, object{}, object{}
		for name, e := range v {
			value, unknown, mark := s.split(r, e)
			if unknown == true {
				unknowns[name] = true
				continue
			}
			values[name], unknowns[name], marks[name] = value, unknown, mark
		}
		maps.DeleteFunc(unknowns, func(_ string, u any) bool { return u == false })
		return values, unknowns, marks
	case []any:
		values, unknowns, marks := make([]any, len(v)), make([]any, len(v)), make([]any, len(v))
		for i, e := range v {
			values[i], unknowns[i], marks[i] = s.split(r, e)
			s.open[r.Address] = s.open[r.Address] || unknowns[i] == true // the configuration does not tell elements apart
		}
		return values, unknowns, marks
	}
	return tree, false, false
}

// expressions are how the arguments of a block are made.
func expressions(tree any, module string) object {
	out := object{}
	m, _ := tree.(object)
	for name, v := range m {
		out[name] = expression(v, module)
	}
	return out
}

func expression(v any, module string) any {
	switch v := v.(type) {
	case plan.Secret:
		return expression(v.Value, module)
	case plan.Unknown:
		refs := []string{}
		for _, r := range v.Refs {
			if local, ok := strings.CutPrefix(r, module); ok && !strings.HasPrefix(local, "module.") && v.Attr != "" {
				refs = append(refs, local+"."+v.Attr, local)
			}
		}
		if len(refs) == 0 || len(v.Parts) > 0 {
			return object{}
		}
		return object{"references": refs}
	case object:
		if refs := within(v, module); len(refs) > 0 {
			return object{"references": refs}
		}
		return object{}
	case []any:
		blocks := []object{}
		for _, e := range v {
			if _, ok := e.(object); ok {
				blocks = append(blocks, expressions(e, module))
			}
		}
		if len(blocks) > 0 {
			return blocks
		}
	}
	return object{"constant_value": constant(v)}
}

// within are the references in the values of a map.
func within(m object, module string) (refs []string) {
	for _, v := range m {
		if x, ok := expression(v, module).(object); ok && x["references"] != nil {
			refs = append(refs, x["references"].([]string)...)
		}
	}
	return refs
}

func constant(v any) any {
	if b, err := json.Marshal(v); err == nil {
		return json.RawMessage(b)
	}
	return nil
}

// configure puts a resource into its module of the configuration.
func (s *simulation) configure(module string, resource object) {
	at := s.root
	for module != "" {
		name, rest, _ := strings.Cut(strings.TrimPrefix(module, "module."), ".")
		if i := strings.IndexByte(name, '['); i >= 0 {
			_, rest, _ = strings.Cut(module[strings.IndexByte(module, ']'):], ".")
			name = name[:i]
		}
		calls, _ := at["module_calls"].(object)
		if calls == nil {
			calls = object{}
			at["module_calls"] = calls
		}
		call, _ := calls[name].(object)
		if call == nil {
			call = object{"module": object{}}
			calls[name] = call
		}
		at, module = call["module"].(object), rest
	}
	list, _ := at["resources"].([]object)
	at["resources"] = append(list, resource)
}

func (s *simulation) json(t *testing.T) []byte {
	t.Helper()
	body, err := json.Marshal(object{
		"format_version": "1.2", "terraform_version": "1.9.0", "resource_changes": s.changes,
		"prior_state":   object{"values": object{"root_module": object{"resources": s.prior}}},
		"configuration": object{"provider_config": s.providers, "root_module": s.root},
	})
	if err != nil {
		t.Fatal(err)
	}
	return body
}
