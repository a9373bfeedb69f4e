package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// plan times the gate on a plan of 5,000 resources, beside a public scanner when one is named.
func (b *bench) plan() error {
	file := filepath.Join(b.dir, "plan.json")
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return err
	}
	if err := writePlan(file, 5000); err != nil {
		return err
	}
	var ours, theirs []run
	for range b.runs {
		r, err := measure(b.bin, "gate", file, "--json")
		if err != nil {
			return err
		}
		ours = append(ours, r)
		if b.scanner == "" || len(theirs) > 0 {
			continue // it takes minutes: once is enough
		}
		if r, err = measure(b.scanner, "-f", file, "--compact", "--quiet"); err != nil {
			return fmt.Errorf("%s: %w", b.scanner, err)
		}
		theirs = append(theirs, r)
	}
	o := median(ours)
	fmt.Printf("gate, 5,000 resources      %.2f s, %.0f MiB\n", o.wall.Seconds(), o.mib)
	if len(theirs) > 0 {
		t := theirs[0]
		version, _ := exec.Command(b.scanner, "--version").Output()
		fmt.Printf("  %s %s %.2f s, %.0f MiB: %.0f times as long\n", filepath.Base(b.scanner), bytes.TrimSpace(version), t.wall.Seconds(), t.mib, t.wall.Seconds()/o.wall.Seconds())
	}
	return nil
}

// writePlan writes a Terraform plan of roles, functions, permissions, buckets, and policies, which refer to each other.
func writePlan(file string, n int) error {
	type object = map[string]any
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	grant := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::data/*"}]}`
	kinds := []struct {
		name      string
		open, ref string // the attribute that is not known yet, and what it will be
		back      int    // of the resource that many before it
		after     func(i int) object
	}{
		{"aws_iam_role", "unique_id", "", 0, func(i int) object {
			return object{"name": fmt.Sprint("role-", i), "assume_role_policy": trust, "max_session_duration": 3600, "path": "/"}
		}},
		{"aws_iam_role_policy", "role", "aws_iam_role.r%d.id", 1, func(i int) object {
			return object{"name": "data", "policy": grant}
		}},
		{"aws_lambda_function", "role", "aws_iam_role.r%d.arn", 2, func(i int) object {
			return object{"function_name": fmt.Sprint("fn-", i), "runtime": "python3.12", "handler": "a.b"}
		}},
		{"aws_lambda_permission", "function_name", "aws_lambda_function.r%d.function_name", 1, func(i int) object {
			return object{"statement_id": "events", "action": "lambda:InvokeFunction", "principal": "events.amazonaws.com"}
		}},
		{"aws_s3_bucket", "bucket_domain_name", "", 0, func(i int) object { return object{"bucket": fmt.Sprint("bucket-", i), "force_destroy": false} }},
	}
	var changes []object
	for i := range n {
		k := kinds[i%len(kinds)]
		changes = append(changes, object{
			"address": fmt.Sprintf("%s.r%d", k.name, i), "mode": "managed", "type": k.name, "name": fmt.Sprint("r", i),
			"provider_name": "registry.terraform.io/hashicorp/aws",
			"change":        object{"actions": []string{"create"}, "before": nil, "after": k.after(i), "after_unknown": object{"id": true, "arn": true, k.open: true}, "before_sensitive": false, "after_sensitive": object{}},
		})
	}
	planned, config := []object{}, []object{}
	for i, c := range changes {
		k, expressions := kinds[i%len(kinds)], object{}
		if k.ref != "" {
			to := fmt.Sprintf(k.ref, i-k.back)
			expressions[k.open] = object{"references": []string{to, to[:strings.LastIndexByte(to, '.')]}}
		}
		config = append(config, object{"address": c["address"], "mode": "managed", "type": c["type"], "name": c["name"], "expressions": expressions})
		planned = append(planned, object{"address": c["address"], "mode": "managed", "type": c["type"], "name": c["name"], "values": c["change"].(object)["after"]})
	}
	b, err := json.Marshal(object{
		"format_version": "1.2", "terraform_version": "1.9.0", "resource_changes": changes,
		"planned_values": object{"root_module": object{"resources": planned}}, "configuration": object{"root_module": object{"resources": config}},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(file, b, 0o644)
}
