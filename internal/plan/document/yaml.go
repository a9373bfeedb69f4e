package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// yamlReader turns the nodes of one document into a tree.
type yamlReader struct {
	doc   *Document
	o     Options
	first int // lines before this document in its file
	lines [][]byte
	nodes int
}

// parseYAML reads each document by itself, so that one that is broken does not hide the next.
func parseYAML(body []byte, o Options) (out []*Document) {
	lines := bytes.Split(body, []byte("\n"))
	start := 0
	for i := 0; i <= len(lines); i++ {
		if i < len(lines) && !separator(lines[i]) {
			continue
		}
		if d := oneYAML(lines[start:i], start, o); d != nil {
			out = append(out, d)
		}
		start = i
		if i < len(lines) && len(bytes.TrimSpace(lines[i])) == 3 {
			start++
		}
	}
	return out
}

// separator finds the line between two documents. No content may start with it at the margin.
func separator(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte("---"))
	return ok && (len(rest) == 0 || bytes.ContainsAny(rest[:1], " \t\r"))
}

// oneYAML reads the lines of one document; nil when nothing but comments and directives is there.
func oneYAML(lines [][]byte, before int, o Options) *Document {
	if blank(lines) {
		return nil
	}
	d := &Document{Line: before + 1, End: before + len(lines)}
	r := &yamlReader{doc: d, o: o, first: before, lines: lines}
	root, err := decode(bytes.Join(lines, []byte("\n")))
	if err == nil {
		d.Line = before + root.Line
		d.End = r.end(root.Line, len(lines)+1)
		d.Tree, err = r.value(root, nil, 0)
	}
	if err != nil {
		d.Tree, d.Err = nil, shift(err, before)
	}
	return d
}

func blank(lines [][]byte) bool {
	for _, l := range lines {
		if l = bytes.TrimSpace(bytes.TrimPrefix(l, []byte("---"))); len(l) > 0 && l[0] != '#' && l[0] != '%' && string(l) != "..." {
			return false
		}
	}
	return true
}

// decode guards against panics of the parser: its input is hostile.
func decode(text []byte) (n *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			n, err = nil, fmt.Errorf("yaml: %v", p)
		}
	}()
	doc := &yaml.Node{}
	err = yaml.NewDecoder(bytes.NewReader(text)).Decode(doc)
	switch {
	case errors.Is(err, io.EOF), err == nil && len(doc.Content) == 0:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: 1}, nil
	case err != nil:
		return nil, err
	}
	return doc.Content[0], nil
}

// shift corrects the line that the parser names by the lines before the document.
func shift(err error, before int) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	rest, ok := strings.CutPrefix(text, "line ")
	n, tail, found := strings.Cut(rest, ":")
	line, bad := strconv.Atoi(n)
	if !ok || !found || bad != nil {
		return errors.New(text)
	}
	return fmt.Errorf("line %d:%s", line+before, tail)
}

func (r *yamlReader) value(n *yaml.Node, path []string, depth int) (any, error) {
	r.nodes++
	switch {
	case r.nodes > maxNodes:
		return nil, fmt.Errorf("line %d: grows beyond %d values through its aliases", n.Line, maxNodes)
	case depth > maxDepth:
		return nil, fmt.Errorf("line %d: more than %d levels deep, or an alias of itself", n.Line, maxDepth)
	case n.Kind == yaml.AliasNode:
		return r.value(n.Alias, path, depth+1)
	}
	v, err := r.plain(n, path, depth)
	if err == nil && r.o.Tag != nil && local(n.Tag) {
		v = r.o.Tag(n.Tag[1:], v)
	}
	return v, err
}

func local(tag string) bool {
	return len(tag) > 1 && tag[0] == '!' && !strings.HasPrefix(tag, "!!")
}

func (r *yamlReader) plain(n *yaml.Node, path []string, depth int) (any, error) {
	switch n.Kind {
	case yaml.MappingNode:
		return r.mapping(n, path, depth)
	case yaml.SequenceNode:
		return r.sequence(n, path, depth)
	default:
		return scalar(n), nil
	}
}

func (r *yamlReader) mapping(n *yaml.Node, path []string, depth int) (any, error) {
	m := make(map[string]any, len(n.Content)/2)
	var merged []any
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		name := named(k)
		p := r.o.step(path, depth, name)
		r.mark(p, n, i)
		val, err := r.value(v, p, depth+1)
		if err != nil {
			return nil, err
		}
		if name == "<<" && k.Style == 0 {
			merged = append(merged, val)
			continue
		}
		r.doc.put(m, name, val)
	}
	merge(m, merged)
	return m, nil
}

// named gives a key as a text; keys that are themselves mappings have no place in any format here.
func named(k *yaml.Node) string {
	for range maxDepth {
		if k.Kind != yaml.AliasNode {
			break
		}
		k = k.Alias
	}
	return k.Value
}

func merge(m map[string]any, sources []any) {
	for _, s := range sources {
		list, ok := s.([]any)
		if !ok {
			list = []any{s}
		}
		for _, one := range list {
			from, _ := one.(map[string]any)
			for k, v := range from {
				if _, ok := m[k]; !ok {
					m[k] = v
				}
			}
		}
	}
}

func (r *yamlReader) sequence(n *yaml.Node, path []string, depth int) (any, error) {
	list := make([]any, 0, len(n.Content))
	for i, c := range n.Content {
		p := r.o.step(path, depth, strconv.Itoa(i))
		if p != nil {
			r.doc.mark(p, r.o, r.first+c.Line, r.end(c.Line, next(n, i+1, len(r.lines)+1)))
		}
		v, err := r.value(c, p, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// mark notes the lines of one member: from its key to the line before the next key, or before the text goes back to the margin.
func (r *yamlReader) mark(p []string, n *yaml.Node, i int) {
	if p != nil {
		line := n.Content[i].Line
		r.doc.mark(p, r.o, r.first+line, r.end(line, r.until(n, i)))
	}
}

// until gives the line at which what follows the i-th key starts.
func (r *yamlReader) until(n *yaml.Node, i int) int {
	if i+2 < len(n.Content) {
		return n.Content[i+2].Line
	}
	key := n.Content[i]
	for line := key.Line + 1; line <= len(r.lines); line++ {
		text := r.lines[line-1]
		in := len(text) - len(bytes.TrimLeft(text, " "))
		if rest := bytes.TrimSpace(text); len(rest) > 0 && rest[0] != '#' && in < key.Column-1 {
			return line
		}
	}
	return len(r.lines) + 1
}

func next(n *yaml.Node, i, otherwise int) int {
	if i < len(n.Content) {
		return n.Content[i].Line
	}
	last := n.Content[i-1]
	for len(last.Content) > 0 {
		last = last.Content[len(last.Content)-1]
	}
	return min(otherwise, last.Line+1+strings.Count(strings.TrimSpace(last.Value), "\n"))
}

// end goes back from the line before next over blanks and comments, and gives the line in the file.
func (r *yamlReader) end(line, next int) int {
	for next--; next > line; next-- {
		if next > len(r.lines) {
			continue
		}
		if text := bytes.TrimSpace(r.lines[next-1]); len(text) > 0 && text[0] != '#' {
			break
		}
	}
	return r.first + max(line, next)
}

func scalar(n *yaml.Node) any {
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	case "!!int", "!!float":
		return number(n.Value)
	}
	return n.Value
}
