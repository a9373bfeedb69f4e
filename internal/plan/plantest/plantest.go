// Package plantest runs a reader over files in a txtar archive, and compares what it made of them with the archive's own words.
// It is for tests only.
package plantest

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"oust/internal/plan"
)

const want = "want"

var update = flag.Bool("update", false, "rewrite what the archives of testdata want")

// Run reads every testdata/*.txtar: the files before the one named want, and in want what the reader must say.
// With -update it writes what the reader says instead.
func Run(t *testing.T, r plan.Reader) {
	t.Helper()
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no archives in testdata: ", err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) { one(t, r, name) })
	}
}

func one(t *testing.T, r plan.Reader, name string) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	files, said := Files(archive)
	for _, f := range files {
		if !r.Takes(f) {
			t.Errorf("%s is not taken", f.Path)
		}
	}
	got := Print(r.Read(t.Context(), files))
	if *update {
		archive.Files = append(archive.Files[:len(files)], txtar.File{Name: want, Data: []byte(got)})
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(said, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Fuzz reads anything as one file of that path, from the files of testdata and more seeds on: no panic, the file stays as it is,
// and whatever comes out is a resource that makes sense.
func Fuzz(f *testing.F, r plan.Reader, path string, sense func(*plan.Resource) bool, seeds ...string) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		f.Fatal("no archives in testdata: ", err)
	}
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		files, _ := Files(archive)
		for _, file := range files {
			f.Add(file.Body)
		}
	}
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		file := &plan.File{Path: path, Body: bytes.Clone(body)}
		r.Takes(file)
		for _, p := range r.Read(t.Context(), []*plan.File{file}).Resources {
			if !sense(p) {
				t.Errorf("resource without a type, an address or a tree: %+v", p)
			}
		}
		if !bytes.Equal(file.Body, body) {
			t.Error("the file was changed")
		}
	})
}

// Files gives the files of an archive, and its want.
func Files(a *txtar.Archive) (files []*plan.File, said string) {
	for _, f := range a.Files {
		if f.Name == want {
			return files, string(f.Data)
		}
		files = append(files, &plan.File{Path: f.Name, Body: f.Data})
	}
	return files, ""
}

// Print writes a result: a line per resource with its tree below, then the problems.
func Print(r plan.Result) string {
	var b strings.Builder
	for _, p := range r.Resources {
		fmt.Fprintf(&b, "%s %s %s %s", p.At.File, lines(p.At), p.Type, p.Address)
		if p.Action != plan.Create {
			fmt.Fprintf(&b, " action %d", p.Action)
		}
		if p.Account != plan.Here || p.Region != plan.HereRegion {
			fmt.Fprintf(&b, " in %s %s", p.Account, p.Region)
		}
		if p.Branch != "" {
			fmt.Fprintf(&b, " when %s", p.Branch)
		}
		for _, a := range p.Assumes {
			fmt.Fprintf(&b, "; %s", a)
		}
		b.WriteString("\n")
		if p.HasBefore {
			b.WriteString("  - " + tree(p.Before) + "\n")
		}
		b.WriteString("  + " + tree(p.After) + "\n")
	}
	for _, p := range r.Problems {
		fmt.Fprintf(&b, "! %s %s %s | %s\n", p.At.File, lines(p.At), p.What, p.Needs)
	}
	return b.String()
}

func lines(p plan.Place) string { return fmt.Sprintf("%d-%d", p.Line, p.End) }

// tree writes a tree as JSON, with leaves that JSON does not know as texts with a mark.
func tree(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(plain(v)); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(b.String())
}

func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, one := range v {
			out[k] = plain(one)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = plain(one)
		}
		return out
	case plan.Secret:
		return map[string]any{"<secret>": plain(v.Value)}
	case plan.Unknown:
		out := map[string]any{"<unknown>": v.Why}
		if len(v.Refs) > 0 {
			out["refs"] = v.Refs
		}
		if v.Attr != "" {
			out["attr"] = v.Attr
		}
		if len(v.Parts) > 0 {
			out["parts"] = plain(v.Parts)
		}
		return out
	}
	return v
}
