// Package catalogtest opens the catalog for tests, and reads their cases. It is for tests only.
package catalogtest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"go.yaml.in/yaml/v3"

	data "oust/catalog"
	"oust/internal/catalog"
	"oust/internal/decode/cloudtrail"
	"oust/internal/expr"
)

// Open opens the catalog that ships, and prepares its language.
func Open(t testing.TB) (*catalog.Catalog, *expr.Env) {
	t.Helper()
	cat, err := catalog.Open(data.Files, new(cloudtrail.Fields))
	if err != nil {
		t.Fatal(err)
	}
	env, err := expr.New(cat)
	if err != nil {
		t.Fatal(err)
	}
	return cat, env
}

// Strict reads YAML in which every key must be known.
func Strict(t testing.TB, file string, src []byte, into any) {
	t.Helper()
	d := yaml.NewDecoder(bytes.NewReader(src))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		t.Fatalf("%s: %v", file, err)
	}
}

// Step names one expression of an entry of a kind, as the watchers of extraction hear of it.
func Step(kind string, entry, field, from int) string {
	return fmt.Sprint(kind, entry, " ", field, from)
}
