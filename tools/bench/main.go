// Command bench measures what docs/performance.md states, on logs that it makes itself.
//
//	go run ./tools/bench            a million events: against zcat, start-up, more techniques, many findings
//	go run ./tools/bench -big       ten million events as well: memory, and time per event
//
// Whole processes are timed from outside, in turn with what they are compared with; medians are printed.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing/fstest"
	"time"

	data "oust/catalog"
	"oust/internal/catalog"
	"oust/internal/decode/cloudtrail"
	"oust/internal/expr"
	"oust/internal/finding"
	"oust/internal/hunt"
	"oust/internal/org"
	"oust/internal/report"
	"oust/internal/source"
	"oust/internal/trail"
)

func main() {
	big := flag.Bool("big", false, "measure ten million events as well")
	dir := flag.String("dir", filepath.Join(os.TempDir(), "oust-bench"), "where the logs are made, and kept")
	runs := flag.Int("runs", 5, "how often each command is run")
	bin := flag.String("bin", "./bin/oust", "the program")
	scanner := flag.String("scanner", "", "a public scanner of plans to compare the gate with, such as checkov")
	gate := flag.Bool("gate", false, "measure the gate alone")
	flag.Parse()
	b := bench{dir: *dir, runs: *runs, bin: *bin, scanner: *scanner}
	steps := []func() error{b.million, b.start, b.plan}
	if *big {
		steps = append(steps, b.tenMillion)
	}
	last := []func() error{b.techniques, b.findings}
	if *gate {
		steps, last = []func() error{b.plan}, nil
	}
	// The steps that run in this process come last: a child's peak memory starts at its parent's.
	for _, step := range append(steps, last...) {
		if err := step(); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
	}
}

type bench struct {
	dir, bin, scanner string
	runs              int
}

// tree makes a tree of logs, once.
func (b *bench) tree(name string, events int) (string, error) {
	dir := filepath.Join(b.dir, name)
	if _, err := os.Stat(dir + ".done"); err == nil {
		return dir, nil
	}
	fmt.Printf("making %d events in %s\n", events, dir)
	if err := trail.Write(context.Background(), dir, trail.Options{Events: events, Accounts: 4, Days: 2, Seed: 1}); err != nil {
		return "", err
	}
	return dir, os.WriteFile(dir+".done", nil, 0o644)
}

// A run is what one process took.
type run struct {
	wall time.Duration
	mib  float64
}

// measure runs a command and throws its output away. Exit code 1 means that something was found.
func measure(args ...string) (run, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout = io.Discard
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if err != nil && cmd.ProcessState.ExitCode() != finding.Found {
		return run{}, fmt.Errorf("%s: %w", strings.Join(args, " "), err)
	}
	usage, _ := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return run{took, float64(usage.Maxrss) / 1024}, nil
}

func median(runs []run) run {
	slices.SortFunc(runs, func(a, b run) int { return int(a.wall - b.wall) })
	return runs[len(runs)/2]
}

func (b *bench) million() error {
	dir, err := b.tree("1m", 1_000_000)
	if err != nil {
		return err
	}
	var ours, theirs []run
	zcat := fmt.Sprintf("find %s -name '*.gz' -print0 | xargs -0 -P2 -n 600 zcat | wc -c", dir)
	for i := range b.runs + 1 {
		o, err := measure(b.bin, "hunt", dir, "--json")
		if err != nil {
			return err
		}
		z, err := measure("sh", "-c", zcat)
		if err != nil {
			return err
		}
		if i > 0 { // the first round warms the cache
			ours, theirs = append(ours, o), append(theirs, z)
		}
	}
	o, z := median(ours), median(theirs)
	fmt.Printf("1,000,000 events: oust hunt %.2f s, %.0f MiB; zcat (two at a time) %.2f s; ratio %.2f\n",
		o.wall.Seconds(), o.mib, z.wall.Seconds(), o.wall.Seconds()/z.wall.Seconds())
	return nil
}

func (b *bench) start() error {
	file := filepath.Join(b.dir, "small.json")
	src, err := os.ReadFile("scenarios/stolen-key/attack.jsonl")
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, src, 0o644); err != nil {
		return err
	}
	var runs []run
	for range 4 * b.runs {
		r, err := measure(b.bin, "hunt", file, "--json")
		if err != nil {
			return err
		}
		runs = append(runs, r)
	}
	fmt.Printf("one small file: start to exit %d ms\n", median(runs).wall.Milliseconds())
	return nil
}

// techniques compares the catalog with one that has 2,000 techniques more, about events that do not come.
func (b *bench) techniques() error {
	dir, err := b.tree("1m", 1_000_000)
	if err != nil {
		return err
	}
	more, err := extended(2000)
	if err != nil {
		return err
	}
	var plain, with []run
	for i := range b.runs + 1 {
		for files, into := range map[fs.FS]*[]run{data.Files: &plain, more: &with} {
			start := time.Now()
			if err := inProcess(files, dir); err != nil {
				return err
			}
			if i > 0 {
				*into = append(*into, run{wall: time.Since(start)})
			}
		}
	}
	p, w := median(plain).wall.Seconds(), median(with).wall.Seconds()
	fmt.Printf("2,000 techniques more: %.2f s in place of %.2f s, %+.1f %%\n", w, p, 100*(w/p-1))
	return nil
}

// extra makes a file system comparable, so that it can be a key.
type extra struct{ fs.FS }

// extended copies one kind and one technique n times under other names.
func extended(n int) (fs.FS, error) {
	out := fstest.MapFS{}
	err := fs.WalkDir(data.Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, ".txtar") {
			return err
		}
		src, err := fs.ReadFile(data.Files, path)
		out[path] = &fstest.MapFile{Data: src}
		return err
	})
	if err != nil {
		return nil, err
	}
	kind := string(out["resources/aws/iam-role.yml"].Data)
	tech := string(out["techniques/aws/iam-role-trusts-outsider/technique.yml"].Data)
	for i := range n {
		name := fmt.Sprintf("copied%04d", i)
		k := strings.Replace(kind, "kind: aws.iam.role", "kind: aws.iam."+name, 1)
		for _, event := range []string{"CreateRole", "UpdateAssumeRolePolicy", "UpdateRole", "DeleteRole", "AssumeRole"} {
			k = strings.ReplaceAll(k, "/"+event, "/"+event+name)
		}
		out["resources/aws/"+name+".yml"] = &fstest.MapFile{Data: []byte(k)}
		out["techniques/aws/"+name+"/technique.yml"] = &fstest.MapFile{Data: []byte(strings.Replace(tech, "resource: aws.iam.role", "resource: aws.iam."+name, 1))}
	}
	return &extra{out}, nil
}

func inProcess(files fs.FS, dir string) error {
	cat, err := catalog.Open(files, new(cloudtrail.Fields))
	if err != nil {
		return err
	}
	env, err := expr.New(cat)
	if err != nil {
		return err
	}
	_, err = hunt.Run(context.Background(), []source.Source{source.Files(dir)}, hunt.Options{Catalog: cat, Env: env, Org: &org.Org{}})
	return err
}

// findings draws a report of 100,000 findings in every format.
func (b *bench) findings() error {
	r := &finding.Report{Version: finding.Version, Verb: "hunt"}
	at := finding.Time{Time: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)}
	for i := range 100_000 {
		id := fmt.Sprintf("AKIA%016d", i)
		r.Findings = append(r.Findings, finding.Finding{
			ID: finding.ID("aws/iam-access-key", "aws.iam.access_key", id, "111122223333"), Technique: "aws/iam-access-key", Rows: []string{"1-aws"},
			Attack: []string{"T1098.001"}, Severity: finding.Medium, Verdict: "unexplained", Status: "planted", State: "standing", Cloud: "aws",
			Account: "111122223333", Resource: finding.Resource{Kind: "aws.iam.access_key", ID: id}, First: at, Last: at, Count: 1,
			Sentence: "mallory (IAM user) made access key " + id + " for user backup-svc",
			Evidence: []finding.Evidence{{EventID: id, Time: at, Origin: "logs/a.json.gz:17", Field: "self.id", Value: id, Why: "somebody made a key for another user, by hand"}},
		})
	}
	for _, f := range []struct {
		name  string
		write func() error
	}{
		{"json", func() error { return report.JSON(io.Discard, r) }},
		{"csv", func() error { return report.CSV(io.Discard, r) }},
		{"text", func() error { return report.Text(io.Discard, r, 1, "", report.Style{}) }},
	} {
		start := time.Now()
		if err := f.write(); err != nil {
			return err
		}
		fmt.Printf("100,000 findings as %s: %.2f s\n", f.name, time.Since(start).Seconds())
	}
	return nil
}

func (b *bench) tenMillion() error {
	var per [2]float64
	for i, t := range []struct {
		name   string
		events int
	}{{"1m", 1_000_000}, {"10m", 10_000_000}} {
		dir, err := b.tree(t.name, t.events)
		if err != nil {
			return err
		}
		var runs []run
		for range 3 {
			r, err := measure(b.bin, "hunt", dir, "--json")
			if err != nil {
				return err
			}
			runs = append(runs, r)
		}
		m := median(runs)
		per[i] = m.wall.Seconds() / float64(t.events) * 1e6
		fmt.Printf("%d events: %.2f s, %.2f µs an event, %.0f MiB\n", t.events, m.wall.Seconds(), per[i], m.mib)
	}
	fmt.Printf("time per event at ten million: %+.1f %%\n", 100*(per[1]/per[0]-1))
	return nil
}
