// Package kubernetes reads objects of Kubernetes as far as they touch AWS: service accounts with a role, the aws-auth map,
// and resources of AWS that the controllers of ACK and Crossplane make.
//
// What Kubernetes itself allows whom is not its matter. Objects of ACK leave as CloudFormation resources, those of Upbound's
// provider as Terraform resources, since they carry the same names.
package kubernetes

import (
	"bytes"
	"context"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"oust/internal/plan"
	"oust/internal/plan/document"
)

// Reader reads Kubernetes YAML and JSON. The zero value is ready.
type Reader struct{}

var (
	version = regexp.MustCompile(`(?m)^["']?apiVersion["']?[ \t]*:`)
	kind    = regexp.MustCompile(`(?m)^["']?kind["']?[ \t]*:`)
	other   = []string{".tf", ".hcl", ".md", ".go", ".py", ".js", ".ts", ".sh", ".html", ".txtar"}
)

// Takes tells objects of Kubernetes by their two first keys.
func (Reader) Takes(f *plan.File) bool {
	if slices.Contains(other, strings.ToLower(filepath.Ext(f.Path))) {
		return false
	}
	if document.IsObject(f.Body) {
		return bytes.Contains(f.Body, []byte(`"apiVersion"`)) && bytes.Contains(f.Body, []byte(`"kind"`))
	}
	return version.Match(f.Body) && kind.Match(f.Body)
}

// Read reads every object of every file.
func (Reader) Read(ctx context.Context, files []*plan.File) plan.Result {
	r := &reading{}
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			r.problem(plan.Place{File: f.Path}, "objects: "+err.Error(), "run again, and let it end")
			break
		}
		r.file(f)
	}
	return r.out
}

type reading struct{ out plan.Result }

func (r *reading) problem(at plan.Place, what, needs string) {
	r.out.Problems = append(r.out.Problems, plan.Problem{At: at, What: what, Needs: needs})
}

func (r *reading) file(f *plan.File) {
	for _, d := range document.Parse(f.Body, document.Options{Depth: 2}) {
		at := plan.Place{File: f.Path, Line: d.Line, End: d.End}
		if d.Err != nil {
			at.End = at.Line
			r.broken(at, f, d.Err)
			continue
		}
		for _, k := range d.Twice {
			r.problem(at, "key "+k+" is given twice, and only the last one was read", "give each key once")
		}
		r.object(at, d, d.Map(), 0)
	}
}

func (r *reading) broken(at plan.Place, f *plan.File, err error) {
	if bytes.Contains(f.Body, []byte("{{")) {
		r.problem(at, "template of Helm: "+err.Error(), "run helm template, and give oust what it prints")
		return
	}
	r.problem(at, "object: "+err.Error(), "mend its syntax")
}

// An object is one object of Kubernetes.
type object struct {
	at        plan.Place
	group     string // iam.services.k8s.aws
	version   string // iam.services.k8s.aws/v1alpha1
	kind      string
	name      string
	namespace string
	tree      map[string]any
}

func (r *reading) object(at plan.Place, d *document.Document, m map[string]any, depth int) {
	if items, ok := m["items"].([]any); ok && depth == 0 {
		for i, one := range items {
			inner := at
			inner.Line, inner.End = d.Span("items", strconv.Itoa(i))
			o, _ := one.(map[string]any)
			r.object(inner, d, o, 1)
		}
		return
	}
	o := &object{at: at, tree: m}
	o.version, _ = m["apiVersion"].(string)
	o.group, _, _ = strings.Cut(o.version, "/")
	o.kind, _ = m["kind"].(string)
	meta, _ := m["metadata"].(map[string]any)
	o.name, _ = meta["name"].(string)
	o.namespace, _ = meta["namespace"].(string)
	if o.name == "" {
		o.name, _ = meta["generateName"].(string)
	}
	r.route(o)
}

func (r *reading) route(o *object) {
	switch {
	case o.version == "v1" && o.kind == "ServiceAccount":
		r.serviceAccount(o)
	case o.version == "v1" && o.kind == "ConfigMap" && o.name == "aws-auth":
		r.awsAuth(o)
	case strings.HasSuffix(o.group, ".services.k8s.aws"):
		r.ack(o, strings.TrimSuffix(o.group, ".services.k8s.aws"), "spec")
	case strings.HasSuffix(o.group, ".aws.crossplane.io"):
		r.ack(o, strings.TrimSuffix(o.group, ".aws.crossplane.io"), "spec", "forProvider")
	case strings.HasSuffix(o.group, ".aws.upbound.io"), strings.HasSuffix(o.group, ".aws.m.upbound.io"):
		r.upbound(o, strings.TrimSuffix(strings.TrimSuffix(o.group, ".upbound.io"), ".m"))
	case o.group == "apiextensions.crossplane.io" && o.kind == "Composition" && mentions(o.tree, ".aws."):
		r.problem(o.at, "what composition "+o.name+" makes", "run crossplane render, and give oust what it prints")
	case o.group == "kustomize.config.k8s.io" && mentions(o.tree, "amazonaws.com"):
		r.problem(o.at, "what the kustomization changes", "run kustomize build, and give oust what it prints")
	}
}

func mentions(v any, text string) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(v, text)
	case []any:
		return slices.ContainsFunc(v, func(one any) bool { return mentions(one, text) })
	case map[string]any:
		for k, one := range v {
			if strings.Contains(k, text) || mentions(one, text) {
				return true
			}
		}
	}
	return false
}

// address is Kind/namespace/name; Kind/name for an object that has no namespace.
func (o *object) address() string {
	if o.namespace == "" {
		return o.kind + "/" + o.name
	}
	return o.kind + "/" + o.namespace + "/" + o.name
}

// inNamespace fills in the namespace into which kubectl puts an object that names none.
func (o *object) inNamespace() {
	if o.namespace == "" {
		o.namespace = "default"
	}
}

func (o *object) annotation(name string) string {
	meta, _ := o.tree["metadata"].(map[string]any)
	notes, _ := meta["annotations"].(map[string]any)
	text, _ := notes[name].(string)
	return text
}

func (r *reading) add(o *object, format plan.Format, typ string, after any) *plan.Resource {
	p := &plan.Resource{Format: format, Type: typ, Address: o.address(), Action: plan.Create, After: open(after),
		Account: plan.Here, Region: plan.HereRegion, At: o.at}
	r.out.Resources = append(r.out.Resources, p)
	return p
}

var hole = regexp.MustCompile(`\{\{.*?\}\}|\$\{[A-Za-z_][A-Za-z0-9_]*\}`)

// open makes unknowns of what a templating tool fills in: {{ .Values.x }} and ${NAME}.
// Variables of policies have a colon in them, and stay.
func open(v any) any {
	switch v := v.(type) {
	case string:
		return openText(v)
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = open(one)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, one := range v {
			out[k] = open(one)
		}
		return out
	}
	return v
}

// own are the placeholders of aws-auth itself, which no tool fills in.
var own = regexp.MustCompile(`^\{\{(EC2PrivateDNSName|SessionName|SessionNameRaw|AccountID|AccessKeyID)\}\}$`)

func openText(s string) any {
	holes := slices.DeleteFunc(hole.FindAllStringIndex(s, -1), func(h []int) bool { return own.MatchString(s[h[0]:h[1]]) })
	if len(holes) == 0 {
		return s
	}
	u, at := plan.Unknown{Why: "filled in before deployment"}, 0
	for _, h := range holes {
		if h[0] > at {
			u.Parts = append(u.Parts, s[at:h[0]])
		}
		u.Parts = append(u.Parts, plan.Unknown{Why: s[h[0]:h[1]] + " is filled in before deployment"})
		at = h[1]
	}
	if at < len(s) {
		u.Parts = append(u.Parts, s[at:])
	}
	if len(u.Parts) == 1 {
		return u.Parts[0]
	}
	return u
}
