package expr

import (
	"fmt"
	"strings"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/traits"

	"oust/internal/catalog"
	"oust/internal/event"
	"oust/internal/policy"
	"oust/internal/resource"
)

// show renders a value for people. It is not escaped: that is done where it is drawn.
func show(v any) string {
	return resource.FillHoles(display(v), func(int) string { return "(known after apply)" })
}

func display(v any) string {
	switch v := v.(type) {
	case *types.Unknown, *types.Err, nil:
		return "(unknown)"
	case *object:
		return showObject(v)
	case types.Timestamp:
		return v.Time.UTC().Format("2006-01-02 15:04")
	case time.Time:
		return v.UTC().Format("2006-01-02 15:04")
	case traits.Lister:
		var parts []string
		for it := v.Iterator(); it.HasNext() == types.True; {
			parts = append(parts, show(it.Next()))
		}
		return strings.Join(parts, ", ")
	case rawObject:
		return string(v.v.Bytes())
	case interface{ Value() any }:
		return fmt.Sprint(v.Value())
	}
	return fmt.Sprint(v)
}

func showObject(o *object) string {
	switch d := o.data.(type) {
	case in[string]:
		return d.v
	case in[*event.Actor]:
		return ShowActor(d.v)
	case in[*policy.Document]:
		return d.v.Text
	case in[policy.Entrant]:
		return d.v.ID
	case *subject:
		if strings.HasPrefix(d.key.ID, resource.Nameless) {
			return "(not named)"
		}
		return d.key.ID
	}
	return o.class.name
}

// ShowActor names an actor in a few words, such as: alice (IAM user).
func ShowActor(a *event.Actor) string {
	name := a.Name
	if name == "" {
		name = a.Principal
	}
	switch {
	case a.Type == "Root":
		return "the root user"
	case a.Type == "AWSService" || a.Type == "" && a.Service != "":
		return a.Service
	case a.Type == "AssumedRole" && a.Person != "":
		return a.Person + " (as " + name + ")"
	case a.Type == "AssumedRole" && a.Session != "":
		return a.Session + " (role " + name + ")"
	case a.Type == "IAMUser":
		return name + " (IAM user)"
	case a.Type == "AWSAccount":
		return "account " + a.Account
	case name == "":
		return "somebody"
	}
	return name
}

// A Template is a sentence with expressions in braces.
type Template struct {
	fixed []string
	parts []*Program
}

// Template compiles a sentence about a kind. A doubled brace stands for itself.
func (e *Env) Template(x catalog.Expr, kind string) (*Template, error) {
	t := &Template{}
	s, fixed, at := x.Text, "", 0
	for at < len(s) {
		switch {
		case strings.HasPrefix(s[at:], "{{"), strings.HasPrefix(s[at:], "}}"):
			fixed += s[at : at+1]
			at += 2
		case s[at] == '{':
			end := strings.IndexByte(s[at:], '}')
			if end < 0 {
				return nil, x.Errorf(at, "no } behind this")
			}
			inner := x.Sub(at+1, at+end)
			p, err := e.Judge(inner, kind, false)
			if err != nil {
				return nil, err
			}
			t.fixed, t.parts, fixed = append(t.fixed, fixed), append(t.parts, p), ""
			at += end + 1
		default:
			fixed += s[at : at+1]
			at++
		}
	}
	t.fixed = append(t.fixed, fixed)
	return t, nil
}

// Say fills the sentence.
func (t *Template) Say(c *Context) string {
	var b strings.Builder
	c.telling = c.Planned
	defer func() { c.telling = false }()
	for i, p := range t.parts {
		b.WriteString(t.fixed[i])
		if c.By == nil && c.Planned && p.Text == "by" {
			b.WriteString("this change")
			continue
		}
		b.WriteString(p.Show(c))
	}
	b.WriteString(t.fixed[len(t.parts)])
	return b.String()
}
