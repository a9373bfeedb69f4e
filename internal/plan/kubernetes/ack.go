package kubernetes

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"oust/internal/plan"
)

// services gives the second part of a CloudFormation type for the group of a controller, where it is not the group in capitals.
func service(group string) string {
	name, ok := map[string]string{
		"acm": "CertificateManager", "acmpca": "ACMPCA", "apigateway": "ApiGateway", "apigatewayv2": "ApiGatewayV2", "cloudfront": "CloudFront",
		"cloudtrail": "CloudTrail", "cloudwatch": "CloudWatch", "cloudwatchlogs": "Logs", "codeartifact": "CodeArtifact", "cognitoidentityprovider": "Cognito",
		"dynamodb": "DynamoDB", "elasticache": "ElastiCache", "elbv2": "ElasticLoadBalancingV2", "eventbridge": "Events", "kafka": "MSK", "kinesis": "Kinesis",
		"lambda": "Lambda", "opensearchservice": "OpenSearchService", "organizations": "Organizations", "pipes": "Pipes", "route53": "Route53",
		"route53resolver": "Route53Resolver", "sagemaker": "SageMaker", "secretsmanager": "SecretsManager", "sfn": "StepFunctions", "cognitoidentity": "Cognito",
		"kms": "KMS", "scheduler": "Scheduler", "transfer": "Transfer", "backup": "Backup", "batch": "Batch", "glue": "Glue",
	}[group]
	if !ok {
		return strings.ToUpper(group)
	}
	return name
}

// typeOf gives the CloudFormation type of an object of ACK, or of Crossplane's own provider.
func typeOf(group, kind string) string {
	switch group + " " + kind {
	case "iam Policy":
		return "AWS::IAM::ManagedPolicy"
	case "iam OpenIDConnectProvider":
		return "AWS::IAM::OIDCProvider"
	case "lambda FunctionURLConfig":
		return "AWS::Lambda::Url"
	case "lambda Permission":
		return "AWS::Lambda::Permission"
	case "route53 ResourceRecordSet":
		return "AWS::Route53::RecordSet"
	}
	return "AWS::" + service(group) + "::" + kind
}

// renamed gives the properties that CloudFormation calls otherwise than the API.
func renamed(typ string) map[string]string {
	switch typ {
	case "AWS::IAM::Role":
		return map[string]string{"Name": "RoleName", "Policies": "ManagedPolicyArns", "PermissionsBoundaryArn": "PermissionsBoundary"}
	case "AWS::IAM::User":
		return map[string]string{"Name": "UserName", "Policies": "ManagedPolicyArns"}
	case "AWS::IAM::Group":
		return map[string]string{"Name": "GroupName", "Policies": "ManagedPolicyArns"}
	case "AWS::IAM::ManagedPolicy":
		return map[string]string{"Name": "ManagedPolicyName", "Document": "PolicyDocument"}
	case "AWS::IAM::OIDCProvider":
		return map[string]string{"ClientIDs": "ClientIdList", "ClientIds": "ClientIdList", "ClientIDList": "ClientIdList", "Thumbprints": "ThumbprintList"}
	case "AWS::IAM::InstanceProfile":
		return map[string]string{"Name": "InstanceProfileName"}
	case "AWS::S3::Bucket":
		return map[string]string{"Name": "BucketName", "Notification": "NotificationConfiguration", "Lifecycle": "LifecycleConfiguration", "Replication": "ReplicationConfiguration",
			"LambdaFunctionConfigurations": "LambdaConfigurations", "LambdaFunctionArn": "Function", "QueueArn": "Queue", "TopicArn": "Topic"}
	case "AWS::Lambda::Function":
		return map[string]string{"Name": "FunctionName"}
	case "AWS::Lambda::Url":
		return map[string]string{"FunctionName": "TargetFunctionArn"}
	case "AWS::SNS::Topic":
		return map[string]string{"Name": "TopicName"}
	case "AWS::DynamoDB::Table":
		return map[string]string{"Name": "TableName"}
	case "AWS::ECR::Repository":
		return map[string]string{"Name": "RepositoryName", "Policy": "RepositoryPolicyText"}
	case "AWS::KMS::Key":
		return map[string]string{"Policy": "KeyPolicy"}
	case "AWS::StepFunctions::StateMachine":
		return map[string]string{"Name": "StateMachineName", "Definition": "DefinitionString"}
	}
	return nil
}

// policyOf gives the type that holds a policy which ACK keeps inside the object that it belongs to, and the property that names the owner.
func policyOf(typ string) (policy, owner string) {
	switch typ {
	case "AWS::S3::Bucket":
		return "AWS::S3::BucketPolicy", "Bucket"
	case "AWS::SNS::Topic":
		return "AWS::SNS::TopicPolicy", "Topics"
	case "AWS::SQS::Queue":
		return "AWS::SQS::QueuePolicy", "Queues"
	}
	return "", ""
}

// ack turns an object whose fields are those of the API into the CloudFormation resource that says the same.
func (r *reading) ack(o *object, group string, path ...string) {
	spec := o.tree
	for _, k := range path {
		spec, _ = spec[k].(map[string]any)
	}
	if strings.HasSuffix(o.group, ".services.k8s.aws") {
		o.inNamespace()
	}
	typ := typeOf(group, o.kind)
	after, _ := upper(o, spec, renamed(typ)).(map[string]any)
	if after == nil {
		after = map[string]any{}
	}
	if name := o.annotation("crossplane.io/external-name"); name != "" && after[nameKey(typ)] == nil {
		after[nameKey(typ)] = name
	}
	inline(after)
	eachEvent(after)
	if o.annotation("services.k8s.aws/deletion-policy") == "retain" {
		after["_"] = map[string]any{"DeletionPolicy": "Retain"}
	}
	p := r.add(o, plan.CloudFormation, typ, after)
	r.place(p, o, spec)
	r.ownPolicy(p, o)
}

func nameKey(typ string) string {
	if n := renamed(typ)["Name"]; n != "" {
		return n
	}
	return "Name"
}

// place takes account and region where the object names them.
func (r *reading) place(p *plan.Resource, o *object, spec map[string]any) {
	region, _ := spec["region"].(string)
	if note := o.annotation("services.k8s.aws/region"); note != "" {
		region = note
	}
	if region != "" && !hole.MatchString(region) {
		p.Region = region
	}
}

// ownPolicy gives the policy inside a bucket, topic or queue as the resource that CloudFormation has for it.
func (r *reading) ownPolicy(p *plan.Resource, o *object) {
	typ, owner := policyOf(p.Type)
	m, _ := p.After.(map[string]any)
	if typ == "" || m["Policy"] == nil {
		return
	}
	var of any = plan.Unknown{Why: "known after deployment", Refs: []string{p.Address}}
	if name := m[nameKey(p.Type)]; name != nil && owner == "Bucket" {
		of = name
	}
	if owner != "Bucket" {
		of = []any{of}
	}
	q := r.add(o, plan.CloudFormation, typ, map[string]any{})
	q.After = map[string]any{owner: of, "PolicyDocument": m["Policy"]}
	q.Address, q.Region = p.Address+"/policy", p.Region
}

// inline turns the inline policies of ACK, name by name, into those of CloudFormation.
func inline(m map[string]any) {
	policies, ok := m["InlinePolicies"].(map[string]any)
	if !ok {
		return
	}
	delete(m, "InlinePolicies")
	var out []any
	for _, name := range slices.Sorted(maps.Keys(policies)) {
		out = append(out, map[string]any{"PolicyName": name, "PolicyDocument": policies[name]})
	}
	m["Policies"] = out
}

// eachEvent turns a notification for several events into one for each, as CloudFormation has them.
func eachEvent(m map[string]any) {
	config, _ := m["NotificationConfiguration"].(map[string]any)
	for k, v := range config {
		var out []any
		list, _ := v.([]any)
		for _, one := range list {
			c, _ := one.(map[string]any)
			events, ok := c["Events"].([]any)
			if !ok {
				out = append(out, one)
			}
			for _, e := range events {
				single := maps.Clone(c)
				delete(single, "Events")
				single["Event"] = e
				out = append(out, single)
			}
		}
		if list != nil {
			config[k] = out
		}
	}
}

var acronym = regexp.MustCompile(`(ARN|ID|URL|URI)(s?)($|[A-Z])`)

// upper gives field names the form of CloudFormation's: roleARN is RoleArn.
func upper(o *object, v any, names map[string]string) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = upper(o, one, names)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			member(o, out, k, v[k], names)
		}
		return out
	}
	return v
}

func member(o *object, out map[string]any, k string, v any, names map[string]string) {
	if base, refs := reference(o, k, v); refs != nil {
		for _, as := range spelled(capital(base), refs) {
			if now := names[as]; now != "" {
				as = now
			}
			if _, there := out[as]; !there {
				out[as] = refs
			}
		}
		return
	}
	name := acronym.ReplaceAllStringFunc(capital(k), func(s string) string { return s[:1] + strings.ToLower(s[1:len(s)-tail(s)]) + s[len(s)-tail(s):] })
	if now := names[name]; now != "" {
		name = now
	}
	if k == "inlinePolicies" || k == "tags" {
		out[name] = v // names that people choose
		return
	}
	out[name] = upper(o, v, names)
}

// spelled gives the properties that a reference may stand for: the thing, its ARN, or a list of them.
func spelled(base string, refs any) []string {
	if _, many := refs.([]any); !many {
		return []string{base, base + "Arn"}
	}
	if stem, ok := strings.CutSuffix(base, "y"); ok {
		return []string{stem + "ies"}
	}
	return []string{base + "s"}
}

// tail is 1 when an acronym was matched with the capital after it.
func tail(s string) int {
	if s = strings.TrimSuffix(s, "s"); acronymOnly(s) {
		return 0
	}
	return 1
}

func acronymOnly(s string) bool { return s == "ARN" || s == "ID" || s == "URL" || s == "URI" }

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// reference turns roleRef: {from: {name: x}} into what it stands for, which only the controller knows.
func reference(o *object, k string, v any) (base string, refs any) {
	base, ok := strings.CutSuffix(k, "Refs")
	if list, isList := v.([]any); ok && isList {
		out := make([]any, 0, len(list))
		for _, one := range list {
			if _, u := reference(o, base+"Ref", one); u != nil {
				out = append(out, u)
			}
		}
		return base, out
	}
	base, ok = strings.CutSuffix(k, "Ref")
	m, _ := v.(map[string]any)
	from, _ := m["from"].(map[string]any)
	if from == nil {
		from = m
	}
	name, _ := from["name"].(string) // how the object is called; what AWS calls it, its spec says
	if !ok || name == "" {
		return "", nil
	}
	target := &object{kind: capital(base), name: name, namespace: o.namespace}
	if ns, _ := from["namespace"].(string); ns != "" {
		target.namespace = ns
	}
	return base, plan.Unknown{Why: "known after deployment", Refs: []string{target.address()}}
}
