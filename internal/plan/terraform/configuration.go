package terraform

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"oust/internal/plan"
)

// A module is one module of the configuration.
type module struct {
	Resources []configured `json:"resources"`
	Calls     map[string]struct {
		Expressions expressions `json:"expressions"`
		Module      *module     `json:"module"`
	} `json:"module_calls"`
	Outputs map[string]struct {
		Expression expression `json:"expression"`
	} `json:"outputs"`

	index map[string]*configured // by address
}

// A configured resource is how the configuration declares one.
type configured struct {
	Address      string      `json:"address"`
	Provider     string      `json:"provider_config_key"`
	Expressions  expressions `json:"expressions"`
	Provisioners []struct {
		Type        string      `json:"type"`
		Expressions expressions `json:"expressions"`
	} `json:"provisioners"`
}

// expressions are the arguments of a block: an expression, or nested blocks.
type expressions map[string]json.RawMessage

// An expression is how a value is made, as far as a plan tells: a constant, or what it refers to.
type expression struct {
	Constant   json.RawMessage `json:"constant_value"`
	References []string        `json:"references"`
}

// values looks behind what is unknown.
type values struct {
	doc  *document
	data map[string]*change // data sources that are read during apply, by address
}

func newValues(d *document) *values {
	v := &values{doc: d, data: map[string]*change{}}
	for i := range d.Changes {
		if c := &d.Changes[i]; c.Mode == "data" {
			v.data[c.Address] = c
			if base := bare(c.Address); v.data[base] == nil {
				v.data[base] = c
			}
		}
	}
	return v
}

// bare is an address without the index of its last part.
func bare(address string) string {
	if i := strings.LastIndexByte(address, '['); i > 0 && strings.HasSuffix(address, "]") {
		return address[:i]
	}
	return address
}

// scope is a module, and how it is called from the one above it.
type scope struct {
	module *module
	prefix string // address of the module with a dot behind it; empty for the root
	up     *scope
	call   expressions
}

// scope finds the module of an address, module.a["x"].module.b or that of a resource in it, and what follows the module.
// It is nil when the configuration does not tell the module.
func (v *values) scope(address string) (s *scope, rest string) {
	s = &scope{module: &v.doc.Configuration.Root}
	for rest = address; strings.HasPrefix(rest, "module."); {
		name, index, next := cutModule(rest)
		call, ok := s.module.Calls[name]
		if !ok || call.Module == nil {
			return nil, ""
		}
		s = &scope{module: call.Module, prefix: s.prefix + "module." + name + index + ".", up: s, call: call.Expressions}
		rest = next
	}
	return s, rest
}

// cutModule splits module.NAME[INDEX].REST; an index may hold anything between quotes.
func cutModule(address string) (name, index, rest string) {
	rest = strings.TrimPrefix(address, "module.")
	end := strings.IndexAny(rest, ".[")
	if end < 0 {
		return rest, "", ""
	}
	name, rest = rest[:end], rest[end:]
	if rest[0] == '[' {
		end, quoted := 1, false
		for ; end < len(rest) && (quoted || rest[end] != ']'); end++ {
			if rest[end] == '"' && rest[end-1] != '\\' {
				quoted = !quoted
			}
		}
		end = min(end+1, len(rest))
		index, rest = rest[:end], rest[end:]
	}
	return name, index, strings.TrimPrefix(rest, ".")
}

// find returns a resource by its address within the module; an empty one when the configuration does not tell it.
func (s *scope) find(address string) *configured {
	m := s.module
	if m.index == nil {
		m.index = make(map[string]*configured, len(m.Resources))
		for i := range m.Resources {
			m.index[m.Resources[i].Address] = &m.Resources[i]
		}
	}
	if r := m.index[address]; r != nil {
		return r
	}
	return &configured{}
}

// declared returns how a resource is declared, and in which module. The scope is nil when the configuration does not tell it.
func (v *values) declared(c *change) (*scope, *configured) {
	if s, _ := v.scope(c.Module); s != nil {
		return s, s.find(local(c))
	}
	return nil, &configured{}
}

// provisioners are what runs beside a resource, as far as the configuration tells; nil when nothing does.
func (v *values) provisioners(c *change) (out []any) {
	s, r := v.declared(c)
	for _, p := range r.Provisioners {
		args := v.written(s, p.Expressions, 0)
		args["type"] = p.Type
		out = append(out, args)
	}
	return out
}

// local is the address of a resource within its module, without an index.
func local(c *change) string {
	if c.Mode == "data" {
		return "data." + c.Type + "." + c.Name
	}
	return c.Type + "." + c.Name
}

// beside reports whether a resource is made by way of a provider with an alias.
func (v *values) beside(r *configured) bool {
	_, ok := v.doc.Configuration.Providers[r.Provider]
	return ok && strings.Contains(r.Provider[strings.LastIndexByte(r.Provider, ':')+1:], ".")
}

// where tells account and region from the provider of a resource, empty where it does not,
// and whether that is one beside the main one.
func (v *values) where(c *change) (account, region string, beside bool) {
	_, r := v.declared(c)
	p, ok := v.doc.Configuration.Providers[r.Provider]
	if !ok {
		return "", "", false
	}
	beside = v.beside(r)
	region, _ = p.Expressions.constant("region").(string)
	var roles []expressions
	if json.Unmarshal(p.Expressions["assume_role"], &roles) == nil && len(roles) == 1 {
		arn, _ := roles[0].constant("role_arn").(string)
		if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
			account = parts[4]
		}
	}
	if only, _ := p.Expressions.constant("allowed_account_ids").([]any); account == "" && len(only) == 1 {
		account, _ = only[0].(string)
	}
	main := v.doc.Configuration.Providers[p.Name]
	if account == "" && beside && slices.ContainsFunc(plan.ActsAs, func(name string) bool {
		return p.Expressions[name] != nil && !bytes.Equal(p.Expressions[name], main.Expressions[name])
	}) {
		account = plan.There
	}
	return account, region, beside
}

func (e expressions) get(name string) (x expression, ok bool) {
	return x, json.Unmarshal(e[name], &x) == nil && (x.Constant != nil || x.References != nil)
}

func (e expressions) constant(name string) (v any) {
	if x, ok := e.get(name); ok && x.Constant != nil && json.Unmarshal(x.Constant, &v) == nil {
		return v
	}
	return nil
}

// nested reports whether a name is that of nested blocks, and not of an argument.
func (e expressions) nested(name string) bool {
	_, argument := e.get(name)
	raw := e[name]
	return !argument && (len(raw) > 0 && raw[0] == '[' || len(raw) > 2 && raw[0] == '{')
}

// blocks are nested blocks of a name.
func (e expressions) blocks(name string) (out []expressions) {
	if json.Unmarshal(e[name], &out) == nil {
		return out
	}
	var one expressions
	if json.Unmarshal(e[name], &one) == nil && one != nil {
		return []expressions{one}
	}
	return nil
}

// of makes the leaves for what is unknown in a resource.
func (v *values) of(c *change) unknowns {
	s, r := v.declared(c)
	args := r.Expressions
	return func(path []string) any {
		if args == nil || len(path) == 0 || c.Mode == "data" && args[path[0]] == nil {
			return plan.Unknown{Why: "known after apply"}
		}
		return v.leaf(s, args, path, 0)
	}
}

// leaf is what stands at a path of arguments; nil for what the code does not give, so that the provider fills it in.
func (v *values) leaf(s *scope, args expressions, path []string, depth int) any {
	for ; len(path) > 1 && args.nested(path[0]); path = path[1:] {
		blocks := args.blocks(path[0])
		if !slices.ContainsFunc(blocks, func(b expressions) bool { return b[path[1]] != nil }) {
			return nil
		}
		if len(blocks) > 1 { // which of them it is cannot be told
			return plan.Unknown{Why: "known after apply"}
		}
		args = blocks[0]
	}
	switch x, ok := args.get(path[0]); {
	case ok:
		return v.value(s, x, depth)
	case args[path[0]] == nil && len(path) == 1:
		return nil
	case args.nested(path[0]):
		return v.listed(s, args.blocks(path[0]), depth)
	}
	return plan.Unknown{Why: "known after apply"} // made of nothing that a plan shows, or by a dynamic block
}

// listed are nested blocks as they are written.
func (v *values) listed(s *scope, blocks []expressions, depth int) any {
	out := make([]any, len(blocks))
	for i, b := range blocks {
		out[i] = v.written(s, b, depth+1)
	}
	return out
}

// optional are blocks that a provider fills in where code has none. A plan shows neither them nor dynamic blocks in its
// configuration: where such a block is not known, it cannot be told which of the two it is.
var optional = map[string][]string{
	"aws_s3_bucket":         {"grant", "lifecycle_rule", "replication_configuration", "website"},
	"aws_autoscaling_group": {"mixed_instances_policy"},
}

// undrawn says that such blocks of a resource are taken for those of the provider.
func (v *values) undrawn(c *change) []string {
	unknown, _ := c.Change.AfterUnknown.(map[string]any)
	_, r := v.declared(c)
	var names []string
	for _, name := range optional[c.Type] {
		if unknown[name] == true && r.Expressions != nil && r.Expressions[name] == nil {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []string{"no dynamic block makes " + strings.Join(names, ", ") + " of " + c.Type}
}

// maxSteps bounds how many variables and outputs a reference is followed through; configurations may be forged.
const maxSteps = 20

// value is what an expression stands for, as far as it can be told.
func (v *values) value(s *scope, x expression, depth int) any {
	var constant any
	if x.Constant != nil && json.Unmarshal(x.Constant, &constant) == nil {
		return constant
	}
	refs := leaves(x.References)
	if depth > maxSteps {
		return plan.Unknown{Why: "known after apply"}
	}
	if len(refs) == 1 {
		if got, ok := v.follow(s, refs[0], depth); ok {
			return got
		}
	}
	u := plan.Unknown{Why: "known after apply: " + strings.Join(refs, ", ")}
	if len(refs) == 0 {
		u.Why = "known after apply"
	}
	for _, r := range refs {
		if address, attr, ok := cutReference(r); ok {
			u.Refs, u.Attr = append(u.Refs, s.prefix+address), attr
		}
	}
	if len(u.Refs) != len(refs) {
		u.Attr = ""
	}
	return u
}

// follow looks through one reference: a variable of a module, an output of one, a policy document.
func (v *values) follow(s *scope, ref string, depth int) (any, bool) {
	kind, rest, _ := strings.Cut(ref, ".")
	switch kind {
	case "var":
		if s.up == nil {
			return nil, false
		}
		if x, ok := s.call.get(rest); ok {
			return v.value(s.up, x, depth+1), true
		}
	case "module":
		name, index, out := cutModule(ref)
		call, ok := s.module.Calls[name]
		if !ok || call.Module == nil {
			return nil, false
		}
		inner := &scope{module: call.Module, prefix: s.prefix + "module." + name + index + ".", up: s, call: call.Expressions}
		if o, ok := call.Module.Outputs[strings.Split(out, ".")[0]]; ok {
			return v.value(inner, o.Expression, depth+1), true
		}
	case "data":
		if strings.HasPrefix(rest, "aws_iam_policy_document.") {
			return v.policy(s, ref, depth)
		}
	}
	return nil, false
}

// leaves drops references that only name a part of another one: terraform lists aws_iam_role.a.arn and aws_iam_role.a.
func leaves(refs []string) (out []string) {
	for _, r := range refs {
		longer := slices.ContainsFunc(refs, func(o string) bool {
			return strings.HasPrefix(o, r+".") || strings.HasPrefix(o, r+"[")
		})
		if !longer && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

// cutReference splits a reference to a resource: aws_iam_role.a[0].arn.
func cutReference(ref string) (address, attr string, ok bool) {
	kind, rest, ok := strings.Cut(ref, ".")
	if !ok || has([]string{"var", "local", "module", "data", "each", "count", "path", "terraform", "self"}, kind) {
		return "", "", false
	}
	name, attr, _ := strings.Cut(rest, ".")
	if i := strings.IndexByte(name, '['); i >= 0 && !strings.Contains(name, "]") { // the dot stood in an index
		return "", "", false
	}
	attr, _, _ = strings.Cut(attr, "[")
	return kind + "." + name, attr, true
}
