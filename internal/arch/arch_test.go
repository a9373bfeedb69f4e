// Package arch holds one test: it fails when an import breaks the rules of ARCHITECTURE.md.
package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// may lists, for every package of ours, the packages of ours that it may import.
// Arrows point one way: verbs string stages, stages know nouns, nouns know each other and nothing else.
var may = map[string][]string{
	"internal/event":             {},
	"internal/finding":           {},
	"internal/org":               {},
	"internal/resource":          {"internal/event"},
	"internal/policy":            {"internal/event", "internal/org", "internal/resource"},
	"internal/accept":            {"internal/finding"},
	"internal/pattern":           {"internal/org"},
	"internal/script":            {},
	"internal/inflate":           {},
	"internal/source":            {"internal/inflate"},
	"internal/decode":            {"internal/decode/cloudtrail"},
	"internal/decode/cloudtrail": {"internal/event"},
	"internal/catalog":           {"internal/resource"},
	"internal/expr":              {"internal/catalog", "internal/event", "internal/org", "internal/pattern", "internal/policy", "internal/resource", "internal/script"},
	"internal/change":            {"internal/catalog", "internal/event", "internal/expr", "internal/plan", "internal/policy", "internal/resource"},
	"internal/state":             {"internal/expr", "internal/resource"},
	"internal/judge":             {"internal/catalog", "internal/event", "internal/expr", "internal/finding", "internal/org", "internal/resource", "internal/state"},
	"internal/relate":            {"internal/catalog", "internal/event", "internal/expr", "internal/finding", "internal/org", "internal/policy", "internal/resource", "internal/state"},
	"internal/report":            {"internal/finding"},
	"internal/catalogtest":       {"internal/catalog", "internal/decode/cloudtrail", "internal/expr", "catalog"},
	"internal/plan":              {},
	"internal/plan/hcl":          {"internal/plan"},
	"internal/config":            {"internal/accept", "internal/catalog", "internal/org"},
	"internal/plan/terraform":    {"internal/plan"},
	"internal/cloud/aws":         {"internal/source"},
	"internal/trail":             {},
	"internal/arch":              {},
	"catalog":                    {},
	"scenarios":                  {},
	"cmd/oust":                   {"internal/cli"},
	"tools/trail":                {"internal/trail"},

	"internal/plan/document":       {},
	"internal/plan/plantest":       {"internal/plan"},
	"internal/plan/cloudformation": {"internal/plan", "internal/plan/document"},
	"internal/plan/kubernetes":     {"internal/plan", "internal/plan/document"},
	"internal/plan/workflow":       {"internal/plan", "internal/plan/document"},
}

// verbs may import every stage, but no other verb, no report, and no cloud.
var verbs = []string{"internal/hunt", "internal/evict", "internal/gate"}

// A file is one Go file that is not a test.
type file struct {
	pkg  string
	path string
	ast  *ast.File
}

func files(t *testing.T) (out []file) {
	t.Helper()
	const root = "../.."
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != ".." {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		out = append(out, file{filepath.ToSlash(filepath.Dir(rel)), filepath.ToSlash(rel), f})
		return err
	})
	if err != nil || len(out) == 0 {
		t.Fatal(err, len(out))
	}
	return out
}

func TestImports(t *testing.T) {
	for _, f := range files(t) {
		for _, imp := range f.ast.Imports {
			path := strings.Trim(imp.Path.Value, `"`)
			if ours, ok := strings.CutPrefix(path, "oust/"); ok {
				if !allowed(f.pkg, ours) {
					t.Errorf("%s imports %s", f.path, ours)
				}
				continue
			}
			if sdk(path) && !strings.HasPrefix(f.pkg, "internal/cloud/") {
				t.Errorf("%s imports a cloud SDK: %s", f.path, path)
			}
			if noun(f.pkg) && strings.Contains(path, ".") {
				t.Errorf("%s is a noun and imports %s", f.path, path)
			}
		}
	}
}

func allowed(pkg, ours string) bool {
	if pkg == "internal/cli" || pkg == "tools/bench" {
		return true
	}
	if slices.Contains(verbs, pkg) {
		return may[ours] != nil && !strings.HasPrefix(ours, "internal/cloud") && ours != "internal/report" && ours != "catalog"
	}
	return slices.Contains(may[pkg], ours)
}

func sdk(path string) bool {
	return strings.HasPrefix(path, "github.com/aws/") || strings.HasPrefix(path, "github.com/Azure/") ||
		strings.HasPrefix(path, "cloud.google.com/") || strings.HasPrefix(path, "google.golang.org/api")
}

func noun(pkg string) bool {
	return pkg == "internal/event" || pkg == "internal/resource" || pkg == "internal/finding" || pkg == "internal/org"
}

func TestEveryPackageHasARule(t *testing.T) {
	for _, f := range files(t) {
		if may[f.pkg] == nil && f.pkg != "internal/cli" && f.pkg != "tools/bench" && !slices.Contains(verbs, f.pkg) {
			t.Errorf("%s: package %s has no rule in this test", f.path, f.pkg)
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	said := map[string]bool{}
	for _, f := range files(t) {
		said[f.pkg] = said[f.pkg] || f.ast.Doc != nil
	}
	for pkg, ok := range said {
		if !ok {
			t.Errorf("package %s has no comment", pkg)
		}
	}
}

// TestHabits forbids what only the command line may do: print, exit, start from nothing; and init everywhere.
func TestHabits(t *testing.T) {
	for _, f := range files(t) {
		top := f.pkg == "internal/cli" || strings.HasPrefix(f.pkg, "cmd/") || strings.HasPrefix(f.pkg, "tools/")
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Name.Name == "init" && n.Recv == nil {
					t.Errorf("%s has an init function", f.path)
				}
			case *ast.SelectorExpr:
				x, ok := n.X.(*ast.Ident)
				if !ok || top {
					break
				}
				switch x.Name + "." + n.Sel.Name {
				case "os.Exit", "log.Fatal", "log.Fatalf", "fmt.Print", "fmt.Println", "fmt.Printf", "os.Stdout", "os.Stderr", "context.Background":
					t.Errorf("%s uses %s.%s", f.path, x.Name, n.Sel.Name)
				}
			}
			return true
		})
	}
}

// TestExportedNamesAreDocumented holds every exported name to a comment.
func TestExportedNamesAreDocumented(t *testing.T) {
	for _, f := range files(t) {
		for _, d := range f.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && !implementsInterface(d) {
					t.Errorf("%s: %s has no comment", f.path, d.Name.Name)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if ts, ok := s.(*ast.TypeSpec); ok && ts.Name.IsExported() && d.Doc == nil && ts.Doc == nil {
						t.Errorf("%s: type %s has no comment", f.path, ts.Name.Name)
					}
				}
			}
		}
	}
}

// implementsInterface lets the methods of unexported types go: their interface is documented.
func implementsInterface(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return false
	}
	recv := d.Recv.List[0].Type
	if p, ok := recv.(*ast.StarExpr); ok {
		recv = p.X
	}
	id, ok := recv.(*ast.Ident)
	return ok && !id.IsExported() || d.Name.Name == "String" || d.Name.Name == "Error"
}
