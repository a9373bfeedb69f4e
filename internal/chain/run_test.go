package chain

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// bad and good are plans that differ in one thing: whom the role trusts.
const (
	bad  = `{"AWS": "arn:aws:iam::444455556666:root"}`
	good = `{"Service": "ec2.amazonaws.com"}`
)

// planned is what terraform show -json prints of a plan for one role.
func planned(t *testing.T, who string) string {
	t.Helper()
	trust := `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": ` + who + `}]}`
	text, err := json.Marshal(map[string]any{
		"format_version": "1.2", "terraform_version": "1.9.0",
		"resource_changes": []any{map[string]any{
			"address": "aws_iam_role.ci", "mode": "managed", "type": "aws_iam_role", "name": "ci",
			"provider_name": "registry.terraform.io/hashicorp/aws",
			"change": map[string]any{
				"actions": []string{"create"}, "before": nil, "after": map[string]any{"name": "ci", "path": "/", "assume_role_policy": trust},
				"after_unknown": map[string]any{"arn": true}, "before_sensitive": false, "after_sensitive": map[string]any{},
			},
		}},
		"configuration": map[string]any{"root_module": map[string]any{}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// script runs a step of the action as a runner does, and returns its exit code and what it wrote.
func script(t *testing.T, dir, shell, text string, env ...string) (code int, out string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "step.sh")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", file)
	if shell == "sh" {
		c = exec.Command("sh", "-e", file)
	}
	c.Dir, c.Env = dir, append(os.Environ(), env...)
	b, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), string(b)
}

// program builds oust by the step of the action that does it.
func program(t *testing.T) (bin string) {
	t.Helper()
	temp := t.TempDir()
	for _, s := range theAction(t).Runs.Steps {
		if s.Name == "build" {
			dir := strings.ReplaceAll(s.Dir, "${{ github.action_path }}", root)
			if code, out := script(t, dir, s.Shell, s.Run, "RUNNER_TEMP="+temp); code != 0 {
				t.Fatalf("build: exit code %d\n%s", code, out)
			}
			return filepath.Join(temp, "oust")
		}
	}
	t.Fatal("the action builds nothing")
	return ""
}

func TestAction(t *testing.T) {
	bin := program(t)
	a := theAction(t)
	var gate step
	for _, s := range a.Runs.Steps {
		if s.Shell != "" && s.Shell != "bash" {
			t.Errorf("step %s runs in %s", s.Name, s.Shell)
		}
		if strings.Contains(s.Run, "${{") {
			t.Errorf("step %s puts an expression into a script, where it would be run: hand it over in env", s.Name)
		}
		if s.ID == "gate" {
			gate = s
		}
	}
	for _, test := range []struct {
		name        string
		path, flags string
		files       map[string]string
		code        int
		reports     bool
		says        string
	}{
		{"a violation", a.Inputs["path"].Default, a.Inputs["flags"].Default, map[string]string{"infra/plan.json": planned(t, bad)}, 1, true, "::error file=infra/plan.json,"},
		{"none", "infra\n", "--fail-on=low\n--strict\n", map[string]string{"infra/plan.json": planned(t, good)}, 0, true, ""},
		{"several paths", "one\ntwo words", "", map[string]string{"one/a.json": planned(t, good), "two words/b.json": planned(t, bad)}, 1, true, "file=two words/b.json,"},
		{"a path that is no command", "$(touch x)", "", map[string]string{"a.json": planned(t, good)}, 2, false, "$(touch x)"},
		{"a flag that does not exist", ".", "--strickt", map[string]string{"a.json": planned(t, good)}, 2, false, "did you mean --strict?"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir, temp := t.TempDir(), t.TempDir()
			if err := os.Symlink(bin, filepath.Join(temp, "oust")); err != nil {
				t.Fatal(err)
			}
			for name, text := range test.files {
				write(t, dir, name, text)
			}
			write(t, temp, "output", "")
			write(t, temp, "summary", "")
			env := []string{"RUNNER_TEMP=" + temp, "GITHUB_OUTPUT=" + temp + "/output", "GITHUB_STEP_SUMMARY=" + temp + "/summary"}
			for name, value := range gate.Env {
				value = strings.ReplaceAll(value, "${{ inputs.path }}", test.path)
				env = append(env, name+"="+strings.ReplaceAll(value, "${{ inputs.flags }}", test.flags))
			}
			code, out := script(t, dir, gate.Shell, gate.Run, env...)
			if code != test.code || !strings.Contains(out, test.says) {
				t.Errorf("exit code %d, want %d\n%s", code, test.code, out)
			}
			reports(t, a, temp, test.reports)
		})
	}
}

// reports checks the files that later steps, and the summary, are given.
func reports(t *testing.T, a action, temp string, want bool) {
	t.Helper()
	written, err := os.ReadFile(filepath.Join(temp, "output"))
	if err != nil {
		t.Fatal(err)
	}
	if !want {
		if len(written) > 0 {
			t.Errorf("outputs without a report: %s", written)
		}
		return
	}
	outputs := map[string]string{}
	for line := range strings.Lines(string(written)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		outputs[name] = value
	}
	for name, o := range a.Outputs {
		if o.Value != "${{ steps.gate.outputs."+name+" }}" || outputs[name] == "" {
			t.Errorf("output %s is %q, made of %s", name, outputs[name], o.Value)
			continue
		}
		text, err := os.ReadFile(outputs[name])
		if err != nil || len(text) == 0 {
			t.Errorf("output %s: %v", name, err)
		}
		if name != "markdown" && !json.Valid(text) {
			t.Errorf("output %s is no JSON", name)
		}
	}
	summary, err := os.ReadFile(filepath.Join(temp, "summary"))
	if err != nil || !strings.HasPrefix(string(summary), "### oust gate") {
		t.Errorf("summary %q: %v", summary, err)
	}
}

func TestGitLab(t *testing.T) {
	bin := program(t)
	var jobs map[string]struct {
		Script    []string
		Variables map[string]string
		Artifacts struct {
			Paths   []string
			Reports map[string]string
		}
	}
	decode(t, "ci/gitlab.yml", &jobs)
	job := jobs["oust:gate"]
	for who, want := range map[string]int{bad: 1, good: 0} {
		dir := t.TempDir()
		write(t, dir, "plan.json", planned(t, who))
		env := []string{"PATH=" + filepath.Dir(bin) + ":" + os.Getenv("PATH")}
		for name, value := range job.Variables {
			env = append(env, name+"="+value)
		}
		code, out := script(t, dir, "sh", strings.Join(job.Script, "\n"), env...)
		if code != want {
			t.Errorf("exit code %d, want %d\n%s", code, want, out)
		}
		for _, file := range append(job.Artifacts.Paths, job.Artifacts.Reports["codequality"], job.Artifacts.Reports["junit"]) {
			if info, err := os.Stat(filepath.Join(dir, file)); err != nil || info.Size() == 0 {
				t.Errorf("artefact %s: %v", file, err)
			}
		}
		var issues []any
		text, err := os.ReadFile(filepath.Join(dir, job.Artifacts.Reports["codequality"]))
		if err != nil || json.Unmarshal(text, &issues) != nil || len(issues) != want {
			t.Errorf("%d issues, want %d: %s", len(issues), want, text)
		}
	}
}

// TestPreCommit commits to a real repository, with the hook in place.
func TestPreCommit(t *testing.T) {
	bin, hooks, repo := program(t), t.TempDir(), t.TempDir()
	env := append(os.Environ(), "PATH="+filepath.Dir(bin)+":"+os.Getenv("PATH"), "PRE_COMMIT_HOME="+t.TempDir(),
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@example.com", "GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@example.com")
	in := func(dir string, args ...string) (string, error) {
		c := exec.Command(args[0], args[1:]...)
		c.Dir, c.Env = dir, env
		out, err := c.CombinedOutput()
		return string(out), err
	}
	must := func(dir string, args ...string) string {
		out, err := in(dir, args...)
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return strings.TrimSpace(out)
	}
	write(t, hooks, ".pre-commit-hooks.yaml", read(t, ".pre-commit-hooks.yaml"))
	for _, dir := range []string{hooks, repo} {
		must(dir, "git", "init", "-q")
		must(dir, "git", "add", ".")
		must(dir, "git", "commit", "-q", "--allow-empty", "-m", "first")
	}
	write(t, repo, ".pre-commit-config.yaml", "repos:\n- repo: "+hooks+"\n  rev: "+must(hooks, "git", "rev-parse", "HEAD")+"\n  hooks:\n  - id: oust-gate-system\n")
	must(repo, tool(t, "pre-commit"), "install")

	write(t, repo, "plan.json", planned(t, bad))
	must(repo, "git", "add", ".")
	if out, err := in(repo, "git", "commit", "-m", "backdoor"); err == nil || !strings.Contains(out, "aws/iam-role-trusts-outsider") {
		t.Errorf("a role that trusts an outsider was committed: %v\n%s", err, out)
	}
	write(t, repo, "plan.json", planned(t, good))
	must(repo, "git", "add", ".")
	if out := must(repo, "git", "commit", "-m", "role"); !strings.Contains(out, "Passed") {
		t.Errorf("the hook did not run: %s", out)
	}
	write(t, repo, "notes.txt", "nothing to look at\n")
	must(repo, "git", "add", ".")
	if out := must(repo, "git", "commit", "-m", "notes"); !strings.Contains(out, "Skipped") {
		t.Errorf("the hook ran without a reason: %s", out)
	}
}
