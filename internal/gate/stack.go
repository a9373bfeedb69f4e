package gate

import (
	"context"
	"encoding/json"
	"strings"

	"oust/internal/plan"
	"oust/internal/plan/cloudformation"
)

// stacks reads the templates that Terraform hands to CloudFormation as texts: what stands in them is deployed as well.
func stacks(ctx context.Context, resources []*plan.Resource) (out plan.Result) {
	for _, r := range resources {
		if r.Format != plan.Terraform || r.Type != "aws_cloudformation_stack" && r.Type != "aws_cloudformation_stack_set" {
			continue
		}
		before, after := template(ctx, r, r.Before), template(ctx, r, r.After)
		out.Problems = append(out.Problems, after.Problems...)
		out.Resources = append(out.Resources, changed(before.Resources, after.Resources)...)
	}
	return out
}

// template reads the template of a stack, with the parameters that are given to it.
func template(ctx context.Context, r *plan.Resource, tree any) plan.Result {
	stack, ok := tree.(map[string]any)
	if !ok {
		return plan.Result{}
	}
	body, ok := written(stack["template_body"])
	if !ok {
		return plan.Result{Problems: []plan.Problem{{At: r.At, What: "the template of " + r.Address + ", which is not in the code", Needs: "give oust the template as well"}}}
	}
	wrapped, err := json.Marshal(wrap(stack))
	if err != nil {
		return plan.Result{Problems: []plan.Problem{{At: r.At, What: "the parameters of " + r.Address + ": " + err.Error(), Needs: "give oust the template as well"}}}
	}
	files := []*plan.File{{Path: "stack.json", Body: wrapped}, {Path: templateFile, Body: []byte(body)}}
	if !(cloudformation.Reader{}).Takes(files[1]) {
		return plan.Result{Problems: []plan.Problem{{At: r.At, What: "the template of " + r.Address + ", which is none that is known", Needs: "repair it"}}}
	}
	got := cloudformation.Reader{}.Read(ctx, files)
	inside := got.Resources[:0]
	for _, c := range got.Resources {
		if name, ok := strings.CutPrefix(c.Address, stackID+"/"); ok {
			c.Address, c.At, c.Account, c.Region = r.Address+"/"+name, r.At, r.Account, r.Region
			inside = append(inside, c)
		}
	}
	got.Resources = inside
	for i := range got.Problems {
		got.Problems[i].At = r.At
	}
	return got
}

const (
	templateFile = "template.yml"
	stackID      = "Stack"
	openID       = "Later" // a parameter of which nobody knows the value
)

// wrap makes the template of a stack that nests the one at hand, and gives it its parameters.
func wrap(stack map[string]any) map[string]any {
	given := map[string]any{}
	parameters, _ := known(stack["parameters"]).(map[string]any)
	for name, v := range parameters {
		if given[name] = known(v); given[name] == nil {
			given[name] = map[string]any{"Ref": openID}
		}
	}
	nested := map[string]any{"TemplateURL": templateFile, "Parameters": given}
	return map[string]any{
		"Parameters": map[string]any{openID: map[string]any{"Type": "String"}},
		"Resources":  map[string]any{stackID: map[string]any{"Type": "AWS::CloudFormation::Stack", "Properties": nested}},
	}
}

// written is the text of a template. What is not known of it becomes what CloudFormation itself looks up later.
func written(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case plan.Secret:
		return written(v.Value)
	case plan.Unknown:
		var b strings.Builder
		for _, part := range v.Parts {
			text, ok := written(part)
			if !ok {
				text = "{{resolve:ssm:later}}"
			}
			b.WriteString(text)
		}
		return b.String(), len(v.Parts) > 0
	}
	return "", false
}

// known is a value without the mark of a secret; nil when it is not known.
func known(v any) any {
	switch v := v.(type) {
	case plan.Secret:
		return known(v.Value)
	case plan.Unknown:
		return nil
	}
	return v
}

// changed puts together what a template made before, and what it is to make.
func changed(before, after []*plan.Resource) []*plan.Resource {
	stood := map[string]*plan.Resource{}
	for _, r := range before {
		stood[r.Address] = r
	}
	for _, r := range after {
		if was := stood[r.Address]; was != nil {
			r.Action, r.Before, r.HasBefore = plan.Update, was.After, true
			delete(stood, r.Address)
		}
	}
	for _, r := range before {
		if stood[r.Address] == r {
			r.Action, r.Before, r.HasBefore, r.After = plan.Delete, r.After, true, nil
			after = append(after, r)
		}
	}
	return after
}
