package accept

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Add returns the text of a configuration file with one more entry in its accept list; the rest of it stays as it is.
// An earlier entry for the same finding is replaced. line is where the new one stands.
func Add(src []byte, e Entry) (out []byte, line int, err error) {
	var root yaml.Node
	if err := yaml.Unmarshal(src, &root); err != nil {
		return nil, 0, err
	}
	lines := strings.SplitAfter(string(src), "\n")
	if last := len(lines) - 1; lines[last] == "" {
		lines = lines[:last]
	} else {
		lines[last] += "\n"
	}
	m := member(&root, "accept")
	key, list := m.key, m.value
	switch {
	case key == nil:
		lines, line = append(lines, "accept:\n"), len(lines)+2
		lines = append(lines, e.text("  "))
	case list.Kind == yaml.SequenceNode && list.Style&yaml.FlowStyle == 0 && len(list.Content) > 0:
		lines, line = insert(lines, list, e)
	case list.Line == key.Line && (list.Tag == "!!null" || list.Kind == yaml.SequenceNode && len(list.Content) == 0):
		lines[key.Line-1] = strings.Repeat(" ", key.Column-1) + "accept:\n" + e.text("  ")
		line = key.Line + 1
	default:
		return nil, 0, fmt.Errorf("line %d: write the accept list one entry a line, each beginning with a dash", key.Line)
	}
	out = []byte(strings.Join(lines, ""))
	return out, line, verify(src, out, e)
}

// insert puts an entry at the head of a list, and takes away an earlier one for the same finding.
func insert(lines []string, list *yaml.Node, e Entry) ([]string, int) {
	for _, item := range list.Content {
		if id := member(item, "finding"); id.value == nil || id.value.Value != e.Finding {
			continue
		}
		for i := item.Line; i <= lastLine(item); i++ {
			lines[i-1] = ""
		}
	}
	lines[list.Line-1] = e.text(strings.Repeat(" ", list.Column-1)) + lines[list.Line-1]
	return lines, list.Line
}

// A pair is a member of a mapping; empty when there is none of that name.
type pair struct{ key, value *yaml.Node }

func member(n *yaml.Node, name string) pair {
	for n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return pair{n.Content[i], n.Content[i+1]}
		}
	}
	return pair{}
}

func lastLine(n *yaml.Node) int {
	last := n.Line
	for _, c := range n.Content {
		last = max(last, lastLine(c))
	}
	return last
}

// text writes an entry as one item of a list, a line for each field.
func (e *Entry) text(indent string) string {
	var b strings.Builder
	lead := indent + "- "
	for _, f := range []struct{ name, value string }{
		{"finding", e.Finding}, {"technique", e.Technique}, {"resource", e.Resource}, {"account", e.Account},
		{"reason", e.Reason}, {"owner", e.Owner}, {"until", e.Until}, {"content", e.Content},
	} {
		if f.value != "" {
			fmt.Fprintf(&b, "%s%s: %s\n", lead, f.name, strconv.QuoteToGraphic(f.value))
			lead = indent + "  "
		}
	}
	return b.String()
}

// verify reads the new text again: it must hold what it held before, and the entry.
func verify(before, after []byte, e Entry) error {
	was, err := parts(before)
	if err != nil {
		return err
	}
	is, err := parts(after)
	if err != nil {
		return err
	}
	want := []Entry{e}
	for _, old := range was.list {
		if old.Finding != e.Finding {
			want = append(want, old)
		}
	}
	if !reflect.DeepEqual(was.rest, is.rest) || !slices.Equal(want, is.list) {
		return errors.New("the accept list cannot be extended as it is written; add the entry by hand:\n" + e.text("  "))
	}
	return nil
}

type contents struct {
	rest map[string]any
	list []Entry
}

func parts(src []byte) (c contents, err error) {
	var only struct {
		Accept []Entry `yaml:"accept"`
	}
	if err := yaml.Unmarshal(src, &c.rest); err != nil {
		return c, err
	}
	if err := yaml.Unmarshal(src, &only); err != nil {
		return c, err
	}
	for _, e := range only.Accept {
		e.Line = 0
		c.list = append(c.list, e)
	}
	if delete(c.rest, "accept"); len(c.rest) == 0 {
		c.rest = nil
	}
	return c, nil
}
