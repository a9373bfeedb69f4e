// Package config finds and reads the configuration: who we are, and how to run.
package config

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"oust/internal/accept"
	"oust/internal/catalog"
	"oust/internal/org"
)

// A Config is one configuration file.
type Config struct {
	Org    org.Org        `yaml:"org"`
	FailOn string         `yaml:"fail_on"`
	Accept []accept.Entry `yaml:"accept"`

	Path   string  `yaml:"-"` // where it was read; empty when there is none
	Values []Value `yaml:"-"` // all that the file sets, in its order
}

// Names are the file names that are looked for.
var Names = []string{"oust.yml", "oust.yaml"}

// Find returns the path of the configuration: the one that was named, that of $OUST_CONFIG,
// the first one from the working folder up to the root of the repository, that of the user, or none.
// The first one found is taken whole; nothing is merged.
func Find(named string, getenv func(string) string) (string, error) {
	if named != "" {
		return named, nil
	}
	if p := getenv("OUST_CONFIG"); p != "" {
		return p, nil
	}
	here, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find configuration: %w", err)
	}
	dir := here
	for {
		if p := in(dir); p != "" {
			return filepath.Rel(here, p)
		}
		parent := filepath.Dir(dir)
		if exists(filepath.Join(dir, ".git")) || parent == dir {
			break
		}
		dir = parent
	}
	if dir, err := os.UserConfigDir(); err == nil {
		return in(filepath.Join(dir, "oust")), nil
	}
	return "", nil
}

func in(dir string) string {
	for _, name := range Names {
		if p := filepath.Join(dir, name); exists(p) {
			return p
		}
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Load reads a configuration file; an empty path gives the empty configuration.
func Load(path string) (*Config, error) {
	c := &Config{Path: path}
	if path == "" {
		return c, nil
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	root, err := strict(path, src, c)
	if err != nil || root == nil {
		return c, err
	}
	for i := range c.Accept {
		c.Accept[i].File = path
	}
	c.Values = values(root, "")
	for _, v := range c.Values {
		if err := v.check(); err != nil {
			return nil, mistake(path, src, v.Line, v.col, err.Error(), "")
		}
	}
	return c, nil
}

// Strict decodes YAML into a struct. A key that it does not have is an error with its place and the nearest spelling.
func Strict(path string, src []byte, into any) error {
	_, err := strict(path, src, into)
	return err
}

func strict(path string, src []byte, into any) (*yaml.Node, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(src, &root); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(root.Content) == 0 {
		return nil, nil
	}
	if err := keys(path, src, root.Content[0], reflect.TypeOf(into)); err != nil {
		return nil, err
	}
	if err := root.Decode(into); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return root.Content[0], nil
}

// keys checks the keys of a node against the fields of a type, all the way down.
func keys(path string, src []byte, n *yaml.Node, t reflect.Type) error {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice && n.Kind != yaml.SequenceNode {
		t = t.Elem()
	}
	switch {
	case t.Kind() == reflect.Slice:
		for _, e := range n.Content {
			if err := keys(path, src, e, t.Elem()); err != nil {
				return err
			}
		}
	case t.Kind() == reflect.Struct && n.Kind == yaml.MappingNode:
		fields := fieldsOf(t)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			f, ok := fields[key.Value]
			if !ok {
				return unknown(path, src, key, fields)
			}
			if err := keys(path, src, n.Content[i+1], f); err != nil {
				return err
			}
		}
	}
	return nil
}

func fieldsOf(t reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); name != "-" && name != "" {
			fields[name] = t.Field(i).Type
		}
	}
	return fields
}

func unknown(path string, src []byte, key *yaml.Node, fields map[string]reflect.Type) error {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	hint := ""
	if best := catalog.Nearest(key.Value, names); best != "" {
		hint = "did you mean " + best + "?"
	}
	return mistake(path, src, key.Line, key.Column, fmt.Sprintf("unknown key %q", key.Value), hint)
}

// mistake is an error that shows the line it is about.
func mistake(path string, src []byte, line, col int, msg, hint string) error {
	e := &catalog.Error{Pos: catalog.Pos{File: path, Line: line, Col: col}, Msg: msg, Hint: hint}
	if lines := bytes.Split(src, []byte("\n")); line <= len(lines) {
		e.Text = strings.TrimSuffix(string(lines[line-1]), "\r")
	}
	return e
}
