package gate

import (
	"bytes"
	"strings"

	"oust/internal/finding"
	"oust/internal/plan"
)

// code finds the lines that declare a resource.
type code struct {
	places map[string][]plan.Place // by address
	bodies map[string][]byte
}

// maxLines bounds the lines that are kept with a finding.
const maxLines = 12

func newCode(in *Input, resources []*plan.Resource) *code {
	c := &code{places: map[string][]plan.Place{}, bodies: map[string][]byte{}}
	for _, f := range in.Files {
		c.bodies[f.Path] = f.Body
	}
	for _, r := range resources {
		c.places[r.Address] = append(c.places[r.Address], r.At)
	}
	return c
}

// locate notes in a finding where its resource is declared.
func (c *code) locate(f *finding.Finding) {
	if len(f.Evidence) == 0 {
		return
	}
	for _, p := range c.places[f.Resource.Address] {
		if place(p) != f.Evidence[0].Origin {
			continue
		}
		f.Place = &finding.Place{File: p.File, Line: p.Line, End: max(p.Line, p.End)}
		if p.Line > 0 && f.Verdict != "explained" {
			f.Place.Lines = lines(c.bodies[p.File], p.Line, min(f.Place.End, p.Line+maxLines-1))
		}
		return
	}
}

func lines(body []byte, from, to int) (out []string) {
	for n := 1; n <= to; n++ {
		line, rest, more := bytes.Cut(body, []byte("\n"))
		if n >= from {
			out = append(out, strings.TrimRight(string(line), "\r"))
		}
		if body = rest; !more {
			break
		}
	}
	return out
}
