package cloudformation

import (
	"regexp"
	"strings"

	"oust/internal/plan"
)

var placeholder = regexp.MustCompile(`\$\{([^{}]*)\}`)

// sub evaluates Fn::Sub: a text, or a text and its own variables.
func (e eval) sub(arg any) any {
	text, vars := arg, map[string]any{}
	if l, ok := arg.([]any); ok && len(l) > 0 {
		text = l[0]
		if len(l) > 1 {
			vars, _ = l[1].(map[string]any)
		}
	}
	s, ok := text.(string)
	if !ok {
		return plan.Unknown{Why: "Fn::Sub of what is no text"}
	}
	var c pieces
	at := 0
	for _, m := range placeholder.FindAllStringSubmatchIndex(s, -1) {
		c.text(s[at:m[0]])
		e.placed(&c, s[m[2]:m[3]], vars)
		at = m[1]
	}
	c.text(s[at:])
	return c.done()
}

// placed adds what one placeholder stands for. ${!Name} is written as ${Name}.
func (e eval) placed(c *pieces, name string, vars map[string]any) {
	if literal, ok := strings.CutPrefix(name, "!"); ok {
		c.text("${" + literal + "}")
		return
	}
	name = strings.TrimSpace(name)
	if v, ok := vars[name]; ok {
		c.add(e.value(v))
		return
	}
	if id, attr, ok := strings.Cut(name, "."); ok {
		c.add(e.getAtt([]any{id, attr}))
		return
	}
	c.add(e.ref(name))
}

var resolveRef = regexp.MustCompile(`\{\{resolve:([a-zA-Z-]+):([^{}]*)\}\}`)

// dynamic makes unknowns of the dynamic references in a tree: CloudFormation resolves them last of all.
func dynamic(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, one := range v {
			v[k] = dynamic(one)
		}
	case []any:
		for i, one := range v {
			v[i] = dynamic(one)
		}
	case plan.Secret:
		return plan.Secret{Value: dynamic(v.Value)}
	case string:
		if strings.Contains(v, "{{resolve:") {
			return dynamicText(v)
		}
	}
	return v
}

func dynamicText(s string) any {
	var c pieces
	at := 0
	for _, m := range resolveRef.FindAllStringSubmatchIndex(s, -1) {
		c.text(s[at:m[0]])
		service, name := s[m[2]:m[3]], s[m[4]:m[5]]
		var v any = plan.Unknown{Why: "dynamic reference to " + service + " " + name}
		if service != "ssm" {
			v = plan.Secret{Value: v}
		}
		c.add(v)
		at = m[1]
	}
	c.text(s[at:])
	return c.done()
}
