package hcl

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"oust/internal/plan"
)

var update = flag.Bool("update", false, "write what the reader says into testdata")

// TestRead unpacks every archive, reads what its first line names (files: all, or those below a folder), and compares with want.
func TestRead(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no archives: ", err)
	}
	for _, name := range names {
		full, err := filepath.Abs(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) { archive(t, full) })
	}
}

func archive(t *testing.T, name string) {
	a, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	below := ""
	if _, rest, ok := strings.Cut(string(a.Comment), "named: "); ok {
		below, _, _ = strings.Cut(rest, "\n")
	}
	files, want := unpack(t, a, below)
	got := show(Reader{Disk: OS{}}.Read(t.Context(), files))
	if *update {
		a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool { return f.Name == "want" })
		a.Files = append(a.Files, txtar.File{Name: "want", Data: []byte(got)})
		if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func unpack(t *testing.T, a *txtar.Archive, below string) (files []*plan.File, want string) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.Mkdir(".git", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Files {
		if f.Name == "want" {
			want = string(f.Data)
			continue
		}
		if err := os.MkdirAll(filepath.Dir(f.Name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f.Name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
		one := &plan.File{Path: f.Name, Body: f.Data}
		if strings.HasPrefix(f.Name, below) && (Reader{}).Takes(one) {
			files = append(files, one)
		}
	}
	return files, want
}

// show writes a result: resources with their trees, then problems.
func show(r plan.Result) string {
	var b strings.Builder
	for _, p := range r.Resources {
		fmt.Fprintf(&b, "%s:%d-%d %s", p.At.File, p.At.Line, p.At.End, p.Address)
		if p.Account != plan.Here || p.Region != plan.HereRegion {
			fmt.Fprintf(&b, " in %s %s", p.Account, p.Region)
		}
		fmt.Fprintf(&b, "\n  %s\n", text1(p.After))
	}
	for _, p := range r.Problems {
		fmt.Fprintf(&b, "! %s:%d %s | %s\n", p.At.File, p.At.Line, p.What, p.Needs)
	}
	return b.String()
}

func text1(tree any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(plainTree(tree)); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(b.String())
}

// plainTree writes leaves as texts: ?(why; refs.attr), text with ?(…) in it, secret(…).
func plainTree(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			out[k] = plainTree(e)
		}
		return out
	case []any:
		out := []any{}
		for _, e := range v {
			out = append(out, plainTree(e))
		}
		return out
	case plan.Secret:
		return fmt.Sprintf("secret(%v)", plainTree(v.Value))
	case plan.Unknown:
		if len(v.Parts) > 0 {
			s := ""
			for _, p := range v.Parts {
				s += fmt.Sprint(plainTree(p))
			}
			return s
		}
		s := v.Why
		if len(v.Refs) > 0 {
			s = strings.Join(v.Refs, ",")
			if v.Attr != "" {
				s += "." + v.Attr
			}
			if v.Why != "known after apply" {
				s += "; " + v.Why
			}
		}
		return "?(" + s + ")"
	}
	return v
}

// TestFence keeps functions of the code from reading what lies outside of its repository, by whatever way the name takes.
func TestFence(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(outside, []byte("outside"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for _, dir := range []string{".git", "code/sub"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside, "code/link"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("beside.txt", []byte("inside"), 0o600); err != nil {
		t.Fatal(err)
	}
	code := fmt.Sprintf("resource \"aws_a\" \"b\" {\n  link = file(\"link\")\n  up = file(\"../../../../../../../..%s\")\n  full = file(%q)\n"+
		"  beside = file(\"../beside.txt\")\n  there = fileexists(\"link\")\n  list = fileset(\"/\", \"*\")\n  dir = file(\"sub\")\n}\n", outside, outside)
	got := Reader{Disk: OS{}}.Read(t.Context(), []*plan.File{{Path: "code/main.tf", Body: []byte(code)}})
	tree := got.Resources[0].After.(map[string]any)
	for _, name := range []string{"link", "up", "full", "list", "dir"} {
		if _, ok := tree[name].(plan.Unknown); !ok {
			t.Errorf("%s is %v", name, tree[name])
		}
	}
	if tree["beside"] != "inside" || tree["there"] != false {
		t.Errorf("beside is %v, there is %v", tree["beside"], tree["there"])
	}
}

// TestOneFile reads what stands beside a file that was named, and tells of that file's resources only.
func TestOneFile(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, body := range map[string]string{
		"main.tf":       "resource \"aws_a\" \"b\" {\n  name = \"${var.env}-${local.x}\"\n}\n",
		"variables.tf":  "variable \"env\" {\n  default = \"dev\"\n}\nlocals {\n  x = \"l\"\n}\nresource \"aws_a\" \"other\" {}\n",
		"x.auto.tfvars": "env = \"prod\"\n", "unused.tfvars": "env = \"none\"\n",
	} {
		if err := os.WriteFile(name, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	body, err := os.ReadFile("main.tf")
	if err != nil {
		t.Fatal(err)
	}
	got := show(Reader{Disk: OS{}}.Read(t.Context(), []*plan.File{{Path: "main.tf", Body: body}}))
	if want := "main.tf:1-3 aws_a.b\n  {\"name\":\"prod-l\"}\n"; got != want {
		t.Errorf("got %s", got)
	}
}

// TestTakes tells HCL by its name, and a stream or an odd name by what it declares.
func TestTakes(t *testing.T) {
	role := "resource \"aws_iam_role\" \"r\" {\n}\n"
	for name, c := range map[string]struct {
		path, body string
		want       bool
	}{
		"tf": {"a/main.tf", "", true}, "tofu": {"x.tofu", "", true}, "json": {"x.tf.json", "{}", true}, "vars": {"terraform.tfvars", "", true},
		"vars json": {"a.auto.tfvars.json", "{}", true}, "stream": {"-", role, true}, "stream of a plan": {"-", `{"format_version":"1.2"}`, false},
		"plain json": {"x.json", "{}", false}, "yaml": {"x.yml", role, false}, "text": {"main.txt", role, true}, "prose": {"notes.txt", "a resource is", false},
		"lock": {".terraform.lock.hcl", role, false}, "packer": {"x.pkr.hcl", "source \"amazon-ebs\" \"x\" {}", false}, "markdown": {"README.md", role, false},
	} {
		if got := (Reader{}).Takes(&plan.File{Path: c.path, Body: []byte(c.body)}); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
