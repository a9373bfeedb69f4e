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
	starts map[string][]int // offsets of the lines, of the files that were asked for
}

// maxLines bounds the lines that are kept with a finding.
const maxLines = 12

func newCode(in *Input, resources []*plan.Resource) *code {
	c := &code{places: map[string][]plan.Place{}, bodies: map[string][]byte{}, starts: map[string][]int{}}
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
			f.Place.Lines = c.lines(p.File, p.Line, min(f.Place.End, p.Line+maxLines-1))
		}
		return
	}
}

// lines are those of a file from one number to another, as far as it has them.
func (c *code) lines(file string, from, to int) (out []string) {
	body := c.bodies[file]
	starts, ok := c.starts[file]
	if !ok {
		starts = lineStarts(body)
		c.starts[file] = starts
	}
	for n := from; n <= min(to, len(starts)); n++ {
		line, _, _ := bytes.Cut(body[starts[n-1]:], []byte("\n"))
		out = append(out, strings.TrimRight(string(line), "\r"))
	}
	return out
}

func lineStarts(body []byte) []int {
	out := []int{0}
	for i, b := range body {
		if b == '\n' {
			out = append(out, i+1)
		}
	}
	return out
}
