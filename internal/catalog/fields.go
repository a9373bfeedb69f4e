package catalog

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// A Dictionary knows which fields the records of a log can have.
type Dictionary interface {
	// Has reports whether records of service may have a member of that name, under a member called root.
	// It is true for services that the dictionary does not know.
	Has(service, root, name string) bool
	// Names lists the members that Has knows, for suggestions.
	Names(service, root string) []string
}

// checkFields looks up every path of a kind file: event.…, and it.… for the elements of a list.
func checkFields(file string, src []byte, dict Dictionary) error {
	services := map[string]bool{}
	for _, on := range eventsOf(src) {
		service, _, _ := strings.Cut(on, "/")
		services[service] = true
	}
	n, in := 0, section{}
	for text := range bytes.Lines(src) {
		n++
		if in.code(text) {
			continue // what code calls things is proved by cases
		}
		for _, prefix := range []string{"event.", "it."} {
			if err := checkLine(Pos{file, n, 1}, stripComment(text), prefix, services, dict); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkLine(p Pos, text []byte, prefix string, services map[string]bool, dict Dictionary) error {
	for at := 0; ; at += len(prefix) {
		i := bytes.Index(text[at:], []byte(prefix))
		if i < 0 {
			return nil
		}
		at += i
		if at > 0 && isWord(text[at-1]) {
			continue
		}
		path, offset := pathAt(text, at+len(prefix))
		if prefix == "it." { // an element of something below the parameters of the call
			path, offset = append([]string{"requestParameters"}, path...), append([]int{0}, offset...)
		}
		if bad := unknownIn(path, services, dict); bad >= 0 {
			p.Col = offset[bad] + 1
			return &Error{Pos: p, Text: strings.TrimRight(string(text), "\r\n"),
				Msg:  fmt.Sprintf("CloudTrail records have no field %q", path[bad]),
				Hint: suggest(path[bad], namesFor(path, bad, services, dict))}
		}
	}
}

func eventsOf(src []byte) []string {
	_, events := kindIndex(src)
	return events
}

// pathAt splits the dotted path at text[i:], with the offset of each part.
// Calls end a path: the name before a parenthesis is a function.
func pathAt(text []byte, i int) (path []string, offset []int) {
	for {
		start := i
		for i < len(text) && isWord(text[i]) {
			i++
		}
		if i == start || i < len(text) && text[i] == '(' {
			return path, offset
		}
		path, offset = append(path, string(text[start:i])), append(offset, start)
		if i >= len(text) || text[i] != '.' {
			return path, offset
		}
		i++
	}
}

// unknownIn returns the index of the first unknown part of a path, or -1.
func unknownIn(path []string, services map[string]bool, dict Dictionary) int {
	for i, name := range path {
		known := len(services) == 0
		for s := range services {
			known = known || dict.Has(s, rootOf(path, i), name)
		}
		if !known {
			return i
		}
	}
	return -1
}

// rootOf returns the member of the record below which part i of a path is looked for.
func rootOf(path []string, i int) string {
	if i == 0 {
		return ""
	}
	return path[0]
}

// namesFor lists what could stand in place of part i of a path.
func namesFor(path []string, i int, services map[string]bool, dict Dictionary) (names []string) {
	for s := range services {
		names = append(names, dict.Names(s, rootOf(path, i))...)
	}
	slices.Sort(names) // so that the suggestion is always the same
	return names
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
