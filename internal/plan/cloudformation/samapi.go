package cloudformation

import (
	"maps"
	"strings"

	"oust/internal/plan"
)

// restAPI is an API of API Gateway, with its stage.
func (x *serverless) restAPI(id string, from props, body any) {
	p := take(from, "Name", "Description", "EndpointConfiguration", "ApiKeySourceType", "FailOnWarnings", "DisableExecuteApiEndpoint", "Policy")
	if body != nil {
		p["Body"] = body
	} else if uri := from["DefinitionUri"]; uri != nil {
		p["BodyS3Location"] = code(uri, "Bucket", "Key", "Version")
	}
	if doc := dig(from, "Auth", "ResourcePolicy", "CustomStatements"); doc != nil {
		p["Policy"] = props{"Version": "2012-10-17", "Statement": doc}
	}
	x.make(id, "AWS::ApiGateway::RestApi", p)
	stage := from["StageName"]
	if stage == nil {
		stage = "Prod"
	}
	x.make(id+stageID(stage)+"Stage", "AWS::ApiGateway::Stage", props{"RestApiId": ref(id), "StageName": stage,
		"DeploymentId": plan.Unknown{Why: "known after deployment"}})
}

// httpAPI is an HTTP API of API Gateway, with its stage.
func (x *serverless) httpAPI(id string, from props, body any) {
	p := take(from, "Name", "Description", "CorsConfiguration", "DisableExecuteApiEndpoint", "FailOnWarnings")
	if body != nil {
		p["Body"] = body
	} else if uri := from["DefinitionUri"]; uri != nil {
		p["BodyS3Location"] = code(uri, "Bucket", "Key", "Version")
	}
	x.make(id, "AWS::ApiGatewayV2::Api", p)
	stage := from["StageName"]
	if stage == nil {
		stage = "$default"
	}
	x.make(id+"ApiGatewayDefaultStage", "AWS::ApiGatewayV2::Stage", props{"ApiId": ref(id), "StageName": stage, "AutoDeploy": true})
}

func stageID(v any) string {
	if text, ok := v.(string); ok {
		return notAlphanumeric.ReplaceAllString(text, "")
	}
	return ""
}

// route lets an API call the function. Without an API of its own it is the one that SAM makes for all such events.
func (x *serverless) route(id string, http bool, p props) {
	owner, key := "ServerlessRestApi", "RestApiId"
	if http {
		owner, key = "ServerlessHttpApi", "ApiId"
	}
	if _, arg, ok := call(p[key]); ok {
		owner, _ = arg.(string)
	} else if text, ok := p[key].(string); ok {
		owner = text
	}
	if x.s.resources[owner] == nil {
		x.implicitAPI(owner, http)
	}
	x.addRoute(owner, p)
	x.permit(id, "apigateway.amazonaws.com", sub("arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${"+owner+"}/*"), nil)
}

func (x *serverless) implicitAPI(id string, http bool) {
	short, build := "Api", x.restAPI
	if http {
		short, build = "HttpApi", x.httpAPI
	}
	common, _ := x.s.section("Globals")[short].(props)
	build(id, overlay(common, nil), props{"paths": props{}})
}

// addRoute writes a path into the body of an API of which the body is ours, or has none of its own.
func (x *serverless) addRoute(owner string, e props) {
	d := x.s.resources[owner]
	if d == nil || !strings.HasPrefix(d.kind, "AWS::ApiGateway") {
		return
	}
	path, _ := e["Path"].(string)
	method, _ := e["Method"].(string)
	if path == "" {
		path, method = "$default", "x-amazon-apigateway-any-method"
	}
	if strings.EqualFold(method, "any") {
		method = "x-amazon-apigateway-any-method"
	}
	p, _ := d.raw["Properties"].(props)
	body, ok := p["Body"].(props)
	if p["Body"] != nil && (!ok || isCall(p["Body"])) {
		return // a body that a function makes: what is in it is not known here
	}
	paths, _ := body["paths"].(props)
	methods, _ := paths[path].(props)
	uri := sub("arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${" + x.id + ".Arn}/invocations")
	way := props{"x-amazon-apigateway-integration": props{"type": "aws_proxy", "httpMethod": "POST", "uri": uri}}
	p = with(p, "Body", with(body, "paths", with(paths, path, with(methods, strings.ToLower(method), way))))
	x.s.resources[owner] = &declared{id: d.id, kind: d.kind, raw: with(d.raw, "Properties", p), at: d.at, from: d.from}
}

// with gives a copy with one member set: templates share their trees.
func with(m props, k string, v any) props {
	out := maps.Clone(m)
	if out == nil {
		out = props{}
	}
	out[k] = v
	return out
}
