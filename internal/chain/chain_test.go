// Package chain holds the tests of what puts oust into a delivery chain: the GitHub action, the GitLab template,
// the pre-commit hooks, the image. Each is held against what will read it, and run as far as that goes without the service.
package chain

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const root = "../.."

// tool gives the path of a program of the project's own Python environment.
func tool(t *testing.T, name string) string {
	t.Helper()
	bin, err := filepath.Abs(filepath.Join(root, ".venv/bin", name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(bin); err != nil {
		t.Fatalf("%v; run make test, which installs it", err)
	}
	return bin
}

// run runs a program, which must succeed.
func run(t *testing.T, dir string, name string, args ...string) string {
	t.Helper()
	c := exec.Command(name, args...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, out)
	}
	return string(out)
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// workflows are the action and every workflow of ours.
func workflows(t *testing.T) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(root, ".github/workflows/*.y*ml"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestSchemas(t *testing.T) {
	check := tool(t, "check-jsonschema")
	run(t, root, check, "--builtin-schema", "vendor.github-actions", "action.yml")
	run(t, root, check, "--builtin-schema", "vendor.gitlab-ci", "ci/gitlab.yml")
	for _, w := range workflows(t) {
		run(t, ".", check, "--builtin-schema", "vendor.github-workflows", w)
	}
	run(t, root, tool(t, "pre-commit"), "validate-manifest", ".pre-commit-hooks.yaml")
}

// TestPinned refuses an action or an image that somebody else could change under us.
func TestPinned(t *testing.T) {
	uses := regexp.MustCompile(`(?m)^\s*(?:- )?uses: *(\S+)(.*)$`)
	pinned := regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`)
	n := 0
	for _, path := range append(workflows(t), filepath.Join(root, "action.yml")) {
		for _, m := range uses.FindAllStringSubmatch(read(t, strings.TrimPrefix(path, root+"/")), -1) {
			n++
			if !strings.HasPrefix(m[1], "./") && (!pinned.MatchString(m[1]) || !strings.HasPrefix(m[2], " # v")) {
				t.Errorf("%s: %s is not pinned by its commit, with the version behind it", path, m[1])
			}
		}
	}
	for line := range strings.Lines(read(t, "Dockerfile")) {
		if image, ok := strings.CutPrefix(line, "FROM "); ok {
			if n++; !regexp.MustCompile(`^\S+:\S+@sha256:[0-9a-f]{64}\b`).MatchString(image) {
				t.Errorf("%s is not pinned by its digest", image)
			}
		}
	}
	if n < 5 {
		t.Errorf("%d references were found", n)
	}
}

// TestDockerfile holds the image to its promises: no shell, no rights, nothing that runs when it is made but the build.
func TestDockerfile(t *testing.T) {
	run(t, root, tool(t, "hadolint"), "Dockerfile")
	stages := strings.Split(read(t, "Dockerfile"), "\nFROM ")
	last := stages[len(stages)-1]
	if !strings.HasPrefix(last, "gcr.io/distroless/static-") || strings.Contains(last, "debug") {
		t.Errorf("the image is made of %s", last)
	}
	for _, stage := range stages[2:] {
		if strings.Contains(stage, "\nRUN ") || !strings.Contains(stage, "\nCOPY --from=build ") {
			t.Errorf("more than the program is in\n%s", stage)
		}
		if !regexp.MustCompile(`(?m)^USER [1-9]\d*:[1-9]\d*$`).MatchString(stage) || !strings.Contains(stage, "\nENTRYPOINT [\"/usr/local/bin/oust\"]\n") {
			t.Errorf("not run as a user without rights, and by its path:\n%s", stage)
		}
	}
	if ignored := read(t, ".dockerignore"); !strings.Contains(ignored, ".git\n") || !strings.Contains(ignored, ".venv\n") {
		t.Errorf("the build would copy more than the source: %s", ignored)
	}
}

// action is what we use of an action.yml.
type action struct {
	Inputs map[string]struct {
		Default string
	}
	Outputs map[string]struct{ Value string }
	Runs    struct{ Steps []step }
}

type step struct {
	ID, Name, Uses, Run, Shell, If string
	Dir                            string `yaml:"working-directory"`
	Env, With                      map[string]string
}

func theAction(t *testing.T) (a action) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(read(t, "action.yml")), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// TestActionlint lints our workflows, one that uses the action, and the steps of the action as those of a workflow.
func TestActionlint(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "actionlint")
	run(t, root, "go", "build", "-o", bin, "github.com/rhysd/actionlint/cmd/actionlint")
	for _, w := range workflows(t) {
		run(t, root, bin, strings.TrimPrefix(w, root+"/"))
	}
	a := theAction(t)
	inputs, with, steps := map[string]any{}, map[string]any{}, []any{}
	for name := range a.Inputs {
		inputs[name], with[name] = map[string]any{"type": "string"}, "x"
	}
	var raw struct{ Runs struct{ Steps []any } }
	if err := yaml.Unmarshal([]byte(read(t, "action.yml")), &raw); err != nil {
		t.Fatal(err)
	}
	steps = append(steps, raw.Runs.Steps...)
	dir := t.TempDir()
	run(t, dir, "git", "init", "-q")
	write(t, dir, "action.yml", read(t, "action.yml"))
	for name, steps := range map[string][]any{
		"used.yml":  {map[string]any{"uses": "./", "with": with}},
		"steps.yml": steps,
	} {
		text, err := yaml.Marshal(map[string]any{
			"on":   map[string]any{"workflow_call": map[string]any{"inputs": inputs}},
			"jobs": map[string]any{"gate": map[string]any{"runs-on": "ubuntu-latest", "steps": steps}},
		})
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir, ".github/workflows/"+name, string(text))
		run(t, dir, bin, ".github/workflows/"+name)
	}
	with["pth"] = "x"
	text, err := yaml.Marshal(map[string]any{"on": "push", "jobs": map[string]any{"gate": map[string]any{
		"runs-on": "ubuntu-latest", "steps": []any{map[string]any{"uses": "./", "with": with}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, ".github/workflows/wrong.yml", string(text))
	c := exec.Command(bin, ".github/workflows/wrong.yml")
	c.Dir = dir
	if out, err := c.CombinedOutput(); err == nil || !strings.Contains(string(out), `"pth"`) {
		t.Errorf("a misspelt input passes: %s", out)
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func decode(t *testing.T, path string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(read(t, path)), into); err != nil {
		t.Fatal(err)
	}
}
