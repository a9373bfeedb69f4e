package catalog

import (
	"bytes"
	"strings"
)

// The index of a catalog is made by looking at lines, not by parsing YAML:
// of thousands of files a run uses a few, and only those are parsed.
// What is taken here is what dispatch needs (which kind sees which event, which technique judges which kind),
// and the field paths, so that a misspelt one stops the program even if no event ever asks for it.
// The tests hold the index against the full parse of every file.

// kindIndex takes the name of a kind and the events it sees.
func kindIndex(src []byte) (name string, events []string) {
	in := section{}
	for text := range bytes.Lines(src) {
		if in.code(text) {
			continue
		}
		s := strings.TrimSpace(string(stripComment(text)))
		s = strings.TrimPrefix(s, "- ")
		s = strings.TrimPrefix(s, "{ ")
		if v, ok := strings.CutPrefix(s, "kind:"); ok && name == "" {
			name = strings.TrimSpace(v)
		}
		if v, ok := strings.CutPrefix(s, "on:"); ok {
			v = strings.TrimSpace(v)
			if list, ok := strings.CutPrefix(v, "["); ok {
				list, _, _ = strings.Cut(list, "]")
				for _, e := range strings.Split(list, ",") {
					events = append(events, strings.TrimSpace(e))
				}
				continue
			}
			v, _, _ = strings.Cut(v, ",")
			events = append(events, strings.TrimSpace(v))
		}
	}
	return name, events
}

// techniqueIndex takes the kind that a technique judges.
func techniqueIndex(src []byte) string {
	const key = "\nresource:"
	i := bytes.Index(src, []byte(key))
	if i < 0 {
		return ""
	}
	rest := src[i+len(key):]
	if end := bytes.IndexByte(rest, '\n'); end >= 0 {
		rest = rest[:end]
	}
	return strings.TrimSpace(string(stripComment(rest)))
}

func stripComment(text []byte) []byte {
	if i := bytes.Index(text, []byte(" #")); i >= 0 {
		return text[:i]
	}
	if bytes.HasPrefix(text, []byte("#")) {
		return nil
	}
	return text
}
