package cloudtrail

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed fields.txt
var fieldText string

// Fields is the dictionary of the names that members of CloudTrail records can have.
// The zero value is ready; it may be used by several goroutines.
type Fields struct {
	mu     sync.Mutex
	parsed map[string]map[string]bool // source, or member of the record -> names
}

// Has reports whether records of a service may have a member of that name, somewhere below a member called root.
// With root empty, it asks for the members of the record itself.
// Every name is possible in the records of a service that the dictionary lacks, and in members that hold free text.
func (f *Fields) Has(service, root, name string) bool {
	set := f.set(service, root)
	return set == nil || set[name] || name == "items" || name == "omitted" || name == "reason"
}

// Names lists the names that Has knows.
func (f *Fields) Names(service, root string) (names []string) {
	for name := range f.set(service, root) {
		names = append(names, name)
	}
	return names
}

func (f *Fields) set(service, root string) map[string]bool {
	switch root {
	case "":
		return f.line("record")
	case "userIdentity", "additionalEventData":
		return f.line(root)
	case "requestParameters", "responseElements", "serviceEventDetails":
		return f.line(strings.TrimSuffix(service, ".amazonaws.com"))
	}
	return nil
}

// line parses a line of the dictionary at its first use; nil when there is none.
func (f *Fields) line(name string) map[string]bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if set, ok := f.parsed[name]; ok {
		return set
	}
	if f.parsed == nil {
		f.parsed = map[string]map[string]bool{}
	}
	var set map[string]bool
	if _, rest, ok := strings.Cut(fieldText, "\n"+name+": "); ok {
		text, _, _ := strings.Cut(rest, "\n")
		set = map[string]bool{}
		for _, word := range strings.Fields(text) {
			set[word] = true
		}
	}
	f.parsed[name] = set
	return set
}
