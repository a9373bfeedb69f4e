package resource

import (
	"cmp"
	"fmt"
	"strings"
)

// A Key is the canonical identity of a resource, the same from whichever name it was reached.
type Key struct {
	Kind    string
	Account string // empty for global ids
	Region  string // empty unless ids are unique per region only
	ID      string
}

// Nameless begins the ID of a resource that a record does not name; who tried to change it follows.
const Nameless = "?"

func (k Key) String() string {
	parts := []string{k.Kind}
	for _, s := range []string{k.Account, k.Region, k.ID} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ":")
}

// Key makes the canonical key of a resource from any of its names:
// its ID, or a long name that fits a template of the kind, which also tells account and region.
func (k *Kind) Key(name, account, region string) Key {
	for _, t := range k.arns {
		if parts, ok := t.match(name); ok {
			name = parts["id"]
			account, region = cmp.Or(parts["account"], account), cmp.Or(parts["region"], region)
			break
		}
	}
	key := Key{Kind: k.Name, ID: name}
	if k.Scope != Global {
		key.Account = account
	}
	if k.Scope == Region {
		key.Region = region
	}
	return key
}

// FullName returns the ARN of a resource where the kind has a template, else its ID.
func (k *Kind) FullName(key Key, region string) string {
	if len(k.arns) == 0 {
		return key.ID
	}
	return k.arns[0].fill(map[string]string{"id": key.ID, "account": key.Account, "region": region})
}

// A template matches names such as arn:*:lambda:{region}:{account}:function:{id}[:{qualifier}].
// A star matches anything up to the next fixed text; a part in brackets may be missing;
// {path} matches everything up to the last slash, or nothing.
type template struct {
	parts []string // alternating fixed text and placeholder names
	tail  *template
}

func parseTemplate(s string) (t template, err error) {
	if head, opt, ok := strings.Cut(s, "["); ok {
		tail, err := parseTemplate(strings.TrimSuffix(opt, "]"))
		if err != nil {
			return t, err
		}
		s, t.tail = head, &tail
	}
	for s != "" {
		i := strings.IndexAny(s, "{*")
		if i < 0 {
			t.parts = append(t.parts, s)
			return t, nil
		}
		fixed, name := s[:i], "*"
		s, i = s[i:], 1
		if s[0] == '{' {
			if i = strings.IndexByte(s, '}') + 1; i == 0 {
				return t, fmt.Errorf("name template: no } behind %q", s)
			}
			name = s[1 : i-1]
		}
		t.parts = append(t.parts, fixed, name)
		s = s[i:]
	}
	return t, nil
}

// match takes a name apart. The last placeholder takes the rest, up to an optional tail.
func (t template) match(name string) (map[string]string, bool) {
	found := map[string]string{}
	for i := 0; i < len(t.parts); i += 2 {
		rest, ok := strings.CutPrefix(name, t.parts[i])
		if !ok {
			return nil, false
		}
		if i+1 == len(t.parts) {
			name = rest
			break
		}
		value := rest
		if t.parts[i+1] == "path" {
			value = rest[:strings.LastIndexByte(rest, '/')+1]
		} else if next := t.after(i + 2); next != "" {
			at := strings.Index(rest, next)
			if at < 0 && i+2 < len(t.parts) {
				return nil, false
			}
			if at >= 0 {
				value = rest[:at]
			}
		}
		found[t.parts[i+1]] = value
		name = rest[len(value):]
	}
	if name != "" && t.tail != nil {
		if _, ok := t.tail.match(name); ok {
			name = ""
		}
	}
	return found, name == "" && len(t.parts) > 0
}

// after returns the fixed text that ends the placeholder before part i.
func (t template) after(i int) string {
	if i < len(t.parts) {
		return t.parts[i]
	}
	if t.tail != nil && len(t.tail.parts) > 0 {
		return t.tail.parts[0]
	}
	return ""
}

func (t template) fill(values map[string]string) string {
	var b strings.Builder
	for i, p := range t.parts {
		switch {
		case i%2 == 0:
			b.WriteString(p)
		case p == "*" && i == 1: // the partition
			b.WriteString("aws")
		case p == "*":
			b.WriteString(p)
		default:
			b.WriteString(values[p])
		}
	}
	return b.String()
}
