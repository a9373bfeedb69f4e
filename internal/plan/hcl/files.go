package hcl

import (
	"encoding/base64"
	"errors"
	"path"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// onFile makes a call of a function of what a file holds.
func onFile(f func(b []byte) (string, error)) call {
	return func(r *run, args []cty.Value) (cty.Value, error) {
		for i := range args {
			args[i] = r.opaque(args[i])
		}
		return onTexts(1, cty.String, func(r *run, s []string) (cty.Value, error) {
			b, err := r.asset(s[0])
			if err != nil {
				return unknownOf(cty.String, err.Error()), nil // also in try: it may be there when the code is deployed
			}
			out, err := f(b)
			return cty.StringVal(out), err
		})(r, args)
	}
}

func fileText(r *run, args []cty.Value) (cty.Value, error) {
	return onFile(func(b []byte) (string, error) {
		if !valid(string(b)) {
			return "", errors.New("not a text")
		}
		return string(b), nil
	})(r, args)
}

func fileBase64(r *run, args []cty.Value) (cty.Value, error) {
	return onFile(func(b []byte) (string, error) { return base64.StdEncoding.EncodeToString(b), nil })(r, args)
}

func fileExists(r *run, args []cty.Value) (cty.Value, error) {
	for i := range args {
		args[i] = r.opaque(args[i])
	}
	return onTexts(1, cty.Bool, func(r *run, s []string) (cty.Value, error) {
		_, err := r.asset(s[0])
		if _, none := r.disk.(noDisk); err != nil && none {
			return unknownOf(cty.Bool, err.Error()), nil
		}
		return cty.BoolVal(err == nil), nil
	})(r, args)
}

// fileSet lists the files of one folder; a pattern over several folders is not known.
func fileSet(r *run, args []cty.Value) (cty.Value, error) {
	for i := range args {
		args[i] = r.opaque(args[i])
	}
	return onTexts(2, cty.Set(cty.String), func(r *run, s []string) (cty.Value, error) {
		sub, pattern := path.Split(s[1])
		dir := path.Join(s[0], sub)
		if !path.IsAbs(dir) {
			dir = path.Join(r.top.dir, dir)
		}
		if path.Clean(sub) != "." && hasMeta(sub) || pattern == "**" || !r.within(dir) {
			return unknownOf(cty.Set(cty.String), "a list of files that was not read"), nil
		}
		names, err := r.disk.ReadDir(dir)
		if err != nil {
			return unknownOf(cty.Set(cty.String), "a folder that could not be read"), nil
		}
		slices.Sort(names)
		var out []cty.Value
		for _, n := range names {
			if ok, err := path.Match(pattern, n); err != nil {
				return cty.DynamicVal, err
			} else if ok {
				out = append(out, cty.StringVal(path.Join(sub, n)))
			}
		}
		if len(out) == 0 {
			return cty.SetValEmpty(cty.String), nil
		}
		return cty.SetVal(out), nil
	})(r, args)
}

func hasMeta(s string) bool {
	return slices.ContainsFunc([]byte(s), func(c byte) bool { return c == '*' || c == '?' || c == '[' || c == '{' })
}

// templateFile renders a template of a file.
func templateFile(r *run, args []cty.Value) (cty.Value, error) {
	if len(args) != 2 {
		return cty.DynamicVal, errors.New("two arguments")
	}
	name, ok := known([]cty.Value{r.opaque(args[0])}, 0)
	if !ok {
		return unknownOf(cty.String, "the name of the template is not known"), nil
	}
	b, err := r.asset(name)
	if err != nil {
		return unknownOf(cty.String, err.Error()), nil
	}
	return r.render(string(b), name, args[1])
}

func templateString(r *run, args []cty.Value) (cty.Value, error) {
	if len(args) != 2 {
		return cty.DynamicVal, errors.New("two arguments")
	}
	text, ok := known(args, 0)
	if !ok {
		return unknownOf(cty.String, "the template is not known"), nil
	}
	return r.render(text, "template", args[1])
}

// maxTemplates bounds templates that render templates.
const maxTemplates = 8

func (r *run) render(text, name string, vars cty.Value) (cty.Value, error) {
	if r.templates++; r.templates > maxTemplates {
		return cty.DynamicVal, errors.New("templates render each other")
	}
	defer func() { r.templates-- }()
	v, marks := vars.Unmark()
	if !v.IsKnown() {
		return cty.UnknownVal(cty.String).WithMarks(marks), nil
	}
	if v.IsNull() || !v.Type().IsObjectType() && !v.Type().IsMapType() {
		return cty.DynamicVal, errors.New("not a map")
	}
	if err := shallow([]byte(text), hclsyntax.LexTemplate); err != nil {
		return cty.DynamicVal, err
	}
	e, diags := hclsyntax.ParseTemplate([]byte(text), name, hcl.InitialPos)
	if diags.HasErrors() {
		return unknownOf(cty.String, "a template that could not be parsed"), nil
	}
	e = r.rewrite(e, false)
	out, diags := e.Value(&hcl.EvalContext{Variables: v.AsValueMap()})
	if diags.HasErrors() {
		return unknownOf(cty.String, reason(diags)), nil
	}
	if _, ok := marks[secret{}]; ok {
		out = out.Mark(secret{})
	}
	return r.text(out), nil
}

func absPath(s string) (string, error) {
	if path.IsAbs(s) {
		return path.Clean(s), nil
	}
	return "", errors.New("the folder of the deployment is not known")
}

func baseName(s string) (string, error) { return path.Base(s), nil }
func dirName(s string) (string, error)  { return path.Dir(s), nil }
