package kubernetes

import (
	"maps"

	"oust/internal/plan"
	"oust/internal/plan/document"
)

// roleARN is the annotation by which pods of a service account get a role (IRSA).
// Source: "Assign IAM roles to Kubernetes service accounts" in the EKS user guide.
const roleARN = "eks.amazonaws.com/role-arn"

func (r *reading) serviceAccount(o *object) {
	if o.annotation(roleARN) == "" {
		return
	}
	o.inNamespace()
	meta, _ := o.tree["metadata"].(map[string]any)
	tree, meta := maps.Clone(o.tree), maps.Clone(meta)
	meta["namespace"] = o.namespace
	tree["metadata"] = meta
	r.add(o, plan.Kubernetes, "v1/ServiceAccount", tree)
}

// awsAuth is the map of principals of AWS to users of a cluster; its values are YAML in texts.
// Source: "Grant IAM users access to Kubernetes with a ConfigMap" in the EKS user guide.
func (r *reading) awsAuth(o *object) {
	o.inNamespace()
	data, _ := o.tree["data"].(map[string]any)
	parsed := maps.Clone(data)
	for _, k := range []string{"mapRoles", "mapUsers", "mapAccounts"} {
		text, ok := data[k].(string)
		if !ok {
			continue
		}
		v, err := inner(text)
		if err != nil {
			r.problem(o.at, k+" of "+o.address()+": "+err.Error(), "mend its YAML")
			v = plan.Unknown{Why: k + " cannot be read"}
		}
		parsed[k] = v
	}
	tree := maps.Clone(o.tree)
	tree["data"] = parsed
	r.add(o, plan.Kubernetes, "v1/ConfigMap", tree)
}

func inner(text string) (any, error) {
	docs := document.Parse([]byte(text), document.Options{})
	if len(docs) == 0 {
		return []any{}, nil
	}
	return docs[0].Tree, docs[0].Err
}
