// Package terraform reads plans in the form of terraform show -json, which OpenTofu and Terragrunt write as well.
//
// What the plan does not know stays unknown, with the resources that it will be made of, as far as the
// configuration inside the plan tells.
package terraform

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"oust/internal/plan"
)

// A Reader reads plans. The zero value is ready.
type Reader struct{}

// maxBytes bounds a plan; JSON of that size takes several times as much memory.
const maxBytes = 512 << 20

// advice is what makes a plan that can be read.
const advice = "terraform plan -out p && terraform show -json p > plan.json"

// Takes implements plan.Reader: a JSON plan, and what is often given in its place.
func (Reader) Takes(f *plan.File) bool {
	if saved(f.Body) {
		return true
	}
	body := bytes.TrimLeft(f.Body, " \t\r\n")
	if len(body) == 0 || body[0] != '{' {
		return false
	}
	if bytes.Contains(body, []byte(`"format_version"`)) {
		return bytes.Contains(body, []byte(`"resource_changes"`)) || bytes.Contains(body, []byte(`"planned_values"`)) ||
			bytes.Contains(body, []byte(`"terraform_version"`))
	}
	return messages(body)
}

// saved reports whether a file is what terraform plan -out writes.
func saved(body []byte) bool {
	return bytes.HasPrefix(body, []byte("PK\x03\x04")) && bytes.Contains(body[:min(len(body), 512)], []byte("tfplan"))
}

// messages reports whether a file is what terraform plan -json says while it works.
func messages(body []byte) bool {
	head := body[:min(len(body), 1024)]
	return bytes.Contains(head, []byte(`"@level"`)) && bytes.Contains(head, []byte(`"terraform":`)) || bytes.Contains(head, []byte(`"@module":"terraform.ui"`))
}

// Read implements plan.Reader.
func (Reader) Read(ctx context.Context, files []*plan.File) (out plan.Result) {
	for _, f := range files {
		if ctx.Err() != nil {
			return out
		}
		resources, err := read(f)
		out.Resources = append(out.Resources, resources...)
		if err != nil {
			out.Problems = append(out.Problems, plan.Problem{At: plan.Place{File: f.Path}, What: err.Error(), Needs: advice})
		}
	}
	return out
}

var (
	errSaved    = errors.New("a saved plan, which only terraform itself can read")
	errMessages = errors.New("the messages of terraform plan -json, which do not hold the resources")
	errState    = errors.New("a state, not a plan")
)

// read decodes all documents of a file; Terragrunt writes several, one behind the other.
func read(f *plan.File) (out []*plan.Resource, err error) {
	switch {
	case saved(f.Body):
		return nil, errSaved
	case len(f.Body) > maxBytes:
		return nil, fmt.Errorf("read plan: %d MB are too many", len(f.Body)>>20)
	case !bytes.Contains(f.Body, []byte(`"format_version"`)):
		return nil, errMessages
	}
	d := json.NewDecoder(bytes.NewReader(f.Body))
	for n := 0; ; n++ {
		var doc document
		switch err := d.Decode(&doc); {
		case err == io.EOF && n > 0:
			return out, nil
		case errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF:
			return out, errors.New("read plan: the file is cut off")
		case err != nil:
			return out, fmt.Errorf("read plan: %w", err)
		}
		for _, later := range doc.Deferred {
			doc.Changes = append(doc.Changes, later.Change)
		}
		if err := doc.check(); err != nil {
			return out, err
		}
		out = append(out, doc.resources(f.Path)...)
	}
}

// check refuses what is no plan of a form that we know.
func (d *document) check() error {
	major, _, _ := strings.Cut(d.FormatVersion, ".")
	switch {
	case major != "0" && major != "1":
		return fmt.Errorf("read plan: format version %q is not one that is known", d.FormatVersion)
	case d.Changes == nil && d.Values != nil:
		return errState
	case d.Changes == nil && (d.Planned == nil || bytes.Contains(d.Planned, []byte(`"resources"`))):
		return errors.New("read plan: no resource_changes in it")
	case slices.ContainsFunc(d.Changes, change.nameless):
		return errors.New("read plan: a change without an address or a type")
	case d.Errored:
		return errors.New("read plan: terraform says that the plan failed, so it is not complete")
	}
	return nil
}
