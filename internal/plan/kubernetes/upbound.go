package kubernetes

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"oust/internal/plan"
)

// upbound turns an object of Upbound's provider into the Terraform resource from which that provider was made.
func (r *reading) upbound(o *object, group string) {
	if strings.Contains(o.group, ".m.") {
		o.inNamespace()
	}
	spec, _ := o.tree["spec"].(map[string]any)
	given, _ := spec["forProvider"].(map[string]any)
	start, _ := spec["initProvider"].(map[string]any)
	both := maps.Clone(start)
	if both == nil {
		both = map[string]any{}
	}
	maps.Copy(both, given)
	after, _ := snakes(o, both).(map[string]any)
	name := o.annotation("crossplane.io/external-name")
	if name == "" {
		name = o.name
	}
	if after["name"] == nil {
		after["name"] = name
	}
	group = strings.TrimSuffix(group, ".aws")
	p := r.add(o, plan.Terraform, terraformType(group, o.kind), after)
	r.place(p, o, both)
}

// terraformType names a resource: aws_iam_role for kind Role of iam. Some services have another name in Terraform, and EC2 has none.
func terraformType(group, kind string) string {
	prefix, ok := map[string]string{
		"autoscaling": "", "ec2": "", "cloudwatchevents": "cloudwatch_event_", "cloudwatchlogs": "cloudwatch_log_", "cognitoidp": "cognito_",
		"cognitoidentity": "cognito_identity_", "elasticbeanstalk": "elastic_beanstalk_", "iam": "iam_", "rds": "", "elbv2": "", "rolesanywhere": "rolesanywhere_",
	}[group]
	if !ok {
		prefix = group + "_"
	}
	return "aws_" + prefix + snake(kind)
}

// snake writes a name in camel case with underlines: AssumeRolePolicy, SAMLProvider, OpenIDConnectProvider.
func snake(s string) string {
	s = strings.NewReplacer("OpenID", "Openid", "IDs", "Ids", "ARNs", "Arns", "OIDC", "Oidc").Replace(s)
	runes := []rune(s)
	var b strings.Builder
	for i, c := range runes {
		after := i+1 < len(runes) && unicode.IsLower(runes[i+1])
		if unicode.IsUpper(c) && i > 0 && (!unicode.IsUpper(runes[i-1]) || after) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

func snakes(o *object, v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = snakes(o, one)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			snakeMember(o, out, k, v[k])
		}
		return out
	}
	return v
}

func snakeMember(o *object, out map[string]any, k string, v any) {
	base, refs := reference(o, k, v)
	if selector, ok := strings.CutSuffix(k, "Selector"); ok && refs == nil {
		if m, isMap := v.(map[string]any); isMap && (m["matchLabels"] != nil || m["matchControllerRef"] != nil) {
			base, refs = selector, plan.Unknown{Why: "chosen by labels after deployment"}
		}
	}
	switch {
	case refs != nil:
		if _, there := out[snake(base)]; !there {
			out[snake(base)] = refs
		}
	case k == "tags":
		out[k] = v // names that people choose
	default:
		out[snake(k)] = snakes(o, v)
	}
}
