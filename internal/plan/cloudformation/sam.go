package cloudformation

import (
	"maps"
	"strings"

	"oust/internal/plan"
	"oust/internal/plan/document"
)

// props is a mapping of a template, not evaluated.
type props = map[string]any

func ref(id string) props       { return props{"Ref": id} }
func att(id, attr string) props { return props{"Fn::GetAtt": []any{id, attr}} }
func sub(text string) props     { return props{"Fn::Sub": text} }

// dig follows a path of members.
func dig(v any, path ...string) any {
	for _, k := range path {
		m, _ := v.(props)
		v = m[k]
	}
	return v
}

// take copies the members that are there, under the names given: "Old:New", or one name for both.
func take(from props, names ...string) props {
	out := props{}
	for _, n := range names {
		old, now, ok := strings.Cut(n, ":")
		if !ok {
			now = old
		}
		if v, there := from[old]; there && v != nil {
			out[now] = v
		}
	}
	return out
}

// expand puts the plain resources that SAM makes in the place of its own types.
// Source: "Generated CloudFormation resources" in the developer guide of SAM.
func (s *stack) expand() {
	for _, apis := range []bool{true, false} { // events of functions add to APIs
		for _, id := range document.Keys(s.resources) {
			short, ok := strings.CutPrefix(s.resources[id].kind, "AWS::Serverless::")
			if ok && strings.HasSuffix(short, "Api") == apis {
				s.expandOne(s.resources[id], short)
			}
		}
	}
}

func (s *stack) expandOne(d *declared, short string) {
	own, isMap := d.raw["Properties"].(props)
	if !isMap && d.raw["Properties"] != nil {
		s.r.problem(d.at, "resource "+s.prefix+d.id+": its properties are no mapping", "give oust a change set")
		return
	}
	common, _ := s.section("Globals")[short].(props)
	x := &serverless{s: s, d: d, p: overlay(common, own), id: d.id}
	if !x.expand(short) {
		s.r.problem(d.at, "resource "+s.prefix+d.id+": SAM type "+d.kind, "give oust a change set: it shows what SAM makes")
	}
}

// overlay merges Globals and a resource as SAM does: mappings member by member, lists end to end, the resource wins.
func overlay(common, own props) props {
	out := maps.Clone(common)
	if out == nil {
		out = props{}
	}
	for k, v := range own {
		out[k] = overlaid(out[k], v)
	}
	return out
}

func overlaid(common, own any) any {
	switch own := own.(type) {
	case props:
		if c, ok := common.(props); ok && len(c) > 0 && !isCall(c) && !isCall(own) {
			return overlay(c, own)
		}
	case []any:
		if c, ok := common.([]any); ok {
			return append(c[:len(c):len(c)], own...)
		}
	}
	return own
}

func isCall(v any) bool { _, _, ok := call(v); return ok }

// serverless is one SAM resource while it is expanded.
type serverless struct {
	s  *stack
	d  *declared
	p  props
	id string
}

// make adds a generated resource. It is declared where the SAM resource is, and under the same condition.
func (x *serverless) make(id, kind string, p props) {
	if old := x.s.resources[id]; old != nil && old != x.d && old.from != x.id {
		x.s.r.problem(old.at, "resource "+x.s.prefix+id+": SAM makes one of this name as well", "rename it")
		return
	}
	raw := props{"Type": kind, "Properties": p}
	for _, k := range []string{"Condition", "DeletionPolicy", "UpdateReplacePolicy"} {
		if v := x.d.raw[k]; v != nil {
			raw[k] = v
		}
	}
	x.s.resources[id] = &declared{id: id, kind: kind, raw: raw, at: x.d.at, from: x.id}
}

func (x *serverless) expand(short string) bool {
	switch short {
	case "Function":
		x.function()
	case "StateMachine":
		x.machine()
	case "Api":
		x.restAPI(x.id, x.p, x.p["DefinitionBody"])
	case "HttpApi":
		x.httpAPI(x.id, x.p, x.p["DefinitionBody"])
	case "LayerVersion":
		p := take(x.p, "LayerName", "Description", "CompatibleRuntimes", "LicenseInfo")
		p["Content"] = code(x.p["ContentUri"], "S3Bucket", "S3Key", "S3ObjectVersion")
		x.make(x.id, "AWS::Lambda::LayerVersion", p)
	case "SimpleTable":
		x.make(x.id, "AWS::DynamoDB::Table", take(x.p, "TableName", "SSESpecification", "Tags"))
	case "Application":
		x.application()
	case "GraphQLApi":
		p := take(x.p, "Name")
		p["AuthenticationType"] = dig(x.p, "Auth", "Type")
		x.make(x.id, "AWS::AppSync::GraphQLApi", p)
	case "Connector":
		unknown := plan.Unknown{Why: "SAM writes the policy of a connector"}
		x.make(x.id+"Policy", "AWS::IAM::ManagedPolicy", props{"PolicyDocument": unknown})
		delete(x.s.resources, x.id)
	default:
		return false
	}
	return true
}

func (x *serverless) application() {
	where, ok := x.p["Location"].(string)
	p := take(x.p, "Parameters", "Location:TemplateURL")
	if !ok {
		p["TemplateURL"] = plan.Unknown{Why: "application of the Serverless Application Repository"}
	} else {
		p["TemplateURL"] = where
	}
	x.make(x.id, stackType, p)
}

// code gives where code lies: in a bucket, or wherever a local folder is packaged to.
func code(v any, bucket, key, version string) any {
	switch v := v.(type) {
	case props:
		if !isCall(v) {
			return take(v, "Bucket:"+bucket, "Key:"+key, "Version:"+version)
		}
	case string:
		if rest, ok := strings.CutPrefix(v, "s3://"); ok {
			b, k, _ := strings.Cut(rest, "/")
			return props{bucket: b, key: k}
		}
	}
	packaged := plan.Unknown{Why: "code is packaged at deployment"}
	return props{bucket: packaged, key: packaged}
}
