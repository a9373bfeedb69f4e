package gate

import "oust/internal/plan"

// commands gives what Terraform runs beside a resource, where it is deployed from or on the machine, as a resource of its own:
// of the type provisioner, and with the address of the resource.
func commands(resources []*plan.Resource) (out []*plan.Resource) {
	for _, r := range resources {
		after, _ := r.After.(map[string]any)
		list, ok := after["provisioner"].([]any)
		if r.Format != plan.Terraform || !ok {
			continue
		}
		c := *r
		c.Type, c.Before, c.HasBefore = "provisioner", nil, false
		c.After = map[string]any{"provisioner": list}
		if r.Action == plan.Keep || r.Action == plan.Update { // it ran when the resource was made
			c.Before, c.HasBefore = c.After, true
		}
		out = append(out, &c)
	}
	return out
}
