package cloudformation

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"oust/internal/plan"
	"oust/internal/plan/document"
)

// A form says what is known of a type's physical names before deployment.
// Source: "Return values" of each type in the CloudFormation template reference.
type form struct {
	name string // property that holds the name
	ref  string // what Ref gives: "" the name, "arn" the ARN, "-" something that nobody knows before
	arn  string // the ARN, or the path of it behind {name}; {path} of IAM
	attr string // attribute that gives the ARN, when it is not Arn
}

const (
	iamArn    = "arn:{partition}:iam::{account}:"
	regionArn = ":{region}:{account}:"
)

// forms gives the form of a type.
func forms(kind string) (form, bool) {
	f, ok := table()[kind]
	return f, ok
}

var table = sync.OnceValue(func() map[string]form {
	return map[string]form{
		"AWS::IAM::Role":                           {name: "RoleName", arn: iamArn + "role{path}{name}"},
		"AWS::IAM::User":                           {name: "UserName", arn: iamArn + "user{path}{name}"},
		"AWS::IAM::Group":                          {name: "GroupName", arn: iamArn + "group{path}{name}"},
		"AWS::IAM::InstanceProfile":                {name: "InstanceProfileName", arn: iamArn + "instance-profile{path}{name}"},
		"AWS::IAM::ManagedPolicy":                  {name: "ManagedPolicyName", ref: "arn", arn: iamArn + "policy{path}{name}", attr: "PolicyArn"},
		"AWS::IAM::SAMLProvider":                   {name: "Name", ref: "arn", arn: iamArn + "saml-provider/{name}"},
		"AWS::S3::Bucket":                          {name: "BucketName", arn: "arn:{partition}:s3:::{name}"},
		"AWS::Lambda::Function":                    {name: "FunctionName", arn: "arn:{partition}:lambda" + regionArn + "function:{name}"},
		"AWS::SNS::Topic":                          {name: "TopicName", ref: "arn", arn: "arn:{partition}:sns" + regionArn + "{name}", attr: "TopicArn"},
		"AWS::SQS::Queue":                          {name: "QueueName", ref: "-", arn: "arn:{partition}:sqs" + regionArn + "{name}"},
		"AWS::DynamoDB::Table":                     {name: "TableName", arn: "arn:{partition}:dynamodb" + regionArn + "table/{name}"},
		"AWS::Kinesis::Stream":                     {name: "Name", arn: "arn:{partition}:kinesis" + regionArn + "stream/{name}"},
		"AWS::KinesisFirehose::DeliveryStream":     {name: "DeliveryStreamName", arn: "arn:{partition}:firehose" + regionArn + "deliverystream/{name}"},
		"AWS::Logs::LogGroup":                      {name: "LogGroupName", arn: "arn:{partition}:logs" + regionArn + "log-group:{name}:*"},
		"AWS::Events::EventBus":                    {name: "Name", arn: "arn:{partition}:events" + regionArn + "event-bus/{name}"},
		"AWS::Events::Rule":                        {name: "Name", arn: "arn:{partition}:events" + regionArn + "rule/{name}"},
		"AWS::Scheduler::Schedule":                 {name: "Name"},
		"AWS::Scheduler::ScheduleGroup":            {name: "Name"},
		"AWS::StepFunctions::StateMachine":         {name: "StateMachineName", ref: "arn", arn: "arn:{partition}:states" + regionArn + "stateMachine:{name}"},
		"AWS::SSM::Document":                       {name: "Name"},
		"AWS::SSM::Parameter":                      {name: "Name"},
		"AWS::CodeBuild::Project":                  {name: "Name", arn: "arn:{partition}:codebuild" + regionArn + "project/{name}"},
		"AWS::CodePipeline::Pipeline":              {name: "Name"},
		"AWS::CodeCommit::Repository":              {name: "RepositoryName", ref: "-", arn: "arn:{partition}:codecommit" + regionArn + "{name}"},
		"AWS::ECR::Repository":                     {name: "RepositoryName", arn: "arn:{partition}:ecr" + regionArn + "repository/{name}"},
		"AWS::ECS::Cluster":                        {name: "ClusterName", arn: "arn:{partition}:ecs" + regionArn + "cluster/{name}"},
		"AWS::EKS::Cluster":                        {name: "Name", arn: "arn:{partition}:eks" + regionArn + "cluster/{name}"},
		"AWS::AutoScaling::AutoScalingGroup":       {name: "AutoScalingGroupName"},
		"AWS::AutoScaling::LaunchConfiguration":    {name: "LaunchConfigurationName"},
		"AWS::EC2::KeyPair":                        {name: "KeyName"},
		"AWS::EC2::LaunchTemplate":                 {name: "LaunchTemplateName", ref: "-"},
		"AWS::KMS::Alias":                          {name: "AliasName"},
		"AWS::CloudTrail::Trail":                   {name: "TrailName", arn: "arn:{partition}:cloudtrail" + regionArn + "trail/{name}"},
		"AWS::ElasticBeanstalk::Application":       {name: "ApplicationName"},
		"AWS::ElasticBeanstalk::Environment":       {name: "EnvironmentName"},
		"AWS::RDS::DBInstance":                     {name: "DBInstanceIdentifier", arn: "arn:{partition}:rds" + regionArn + "db:{name}", attr: "DBInstanceArn"},
		"AWS::Pipes::Pipe":                         {name: "Name", arn: "arn:{partition}:pipes" + regionArn + "pipe/{name}"},
		"AWS::Config::ConfigRule":                  {name: "ConfigRuleName"},
		"AWS::Backup::BackupVault":                 {name: "BackupVaultName", arn: "arn:{partition}:backup" + regionArn + "backup-vault:{name}", attr: "BackupVaultArn"},
		"AWS::Serverless::Function":                {name: "FunctionName"},
		"AWS::Cognito::UserPoolIdentityProvider":   {name: "ProviderName"},
		"AWS::Route53::RecordSet":                  {name: "Name"},
		"AWS::ApiGateway::UsagePlan":               {ref: "-"},
		"AWS::CloudFormation::WaitConditionHandle": {ref: "-"},
	}
})

// ref evaluates Ref: a pseudo parameter, a parameter, or a resource.
func (e eval) ref(arg any) any {
	name, ok := arg.(string)
	if !ok {
		return plan.Unknown{Why: "Ref of what is no name"}
	}
	if rest, ok := strings.CutPrefix(name, "AWS::"); ok {
		return e.pseudo(rest)
	}
	if p := e.s.parameter(name); p != nil {
		return e.parameterValue(name, p)
	}
	d := e.s.resources[name]
	if d == nil {
		return plan.Unknown{Why: "reference to " + e.s.prefix + name + ", which is not there"}
	}
	f, ok := forms(d.kind)
	switch {
	case !ok:
		return e.later(d, "ref")
	case f.ref == "":
		return e.nameOf(d, f)
	case f.ref == "arn":
		return e.arnOf(d, f)
	}
	return e.later(d, "ref")
}

func (e eval) pseudo(name string) any {
	switch name {
	case "AccountId":
		return e.where(e.s.account, plan.Here, "the account")
	case "Region":
		return e.where(e.s.region, plan.HereRegion, "the region")
	case "Partition":
		if e.strict && e.s.region == plan.HereRegion {
			return plan.Unknown{Why: "the partition is chosen at deployment"}
		}
		return e.partition()
	case "URLSuffix":
		if e.partition() == "aws-cn" {
			return "amazonaws.com.cn"
		}
		return "amazonaws.com"
	case "NoValue":
		return noValue{}
	}
	return plan.Unknown{Why: "AWS::" + name + " is known after deployment", Attr: "AWS::" + name}
}

func (e eval) where(value, placeholder, what string) any {
	if e.strict && value == placeholder {
		return plan.Unknown{Why: what + " is chosen at deployment"}
	}
	return value
}

func (e eval) partition() string {
	switch {
	case strings.HasPrefix(e.s.region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(e.s.region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// later is an attribute that only a deployment can tell.
func (e eval) later(d *declared, attr string) any {
	return plan.Unknown{Why: "known after deployment", Refs: []string{e.s.prefix + d.id}, Attr: attr}
}

// nameOf is the name of a resource where the template says it.
func (e eval) nameOf(d *declared, f form) any {
	props, _ := d.raw["Properties"].(map[string]any)
	if f.name == "" || props[f.name] == nil {
		return e.later(d, "name")
	}
	key := e.s.prefix + d.id
	if e.w.busy[key] {
		e.w.looped = true
		return plan.Unknown{Why: key + " is named after itself", Refs: []string{key}, Attr: "name"}
	}
	memo := fmt.Sprint(key, e.strict)
	if v, ok := e.w.names[memo]; ok {
		return v
	}
	if n, ok := e.s.r.names[memo]; ok {
		for _, t := range n.took {
			e.w.take(t)
		}
		return n.value
	}
	uses, asked := e.w.uses, len(e.w.asked)
	e.w.busy[key] = true
	v := e.named(d, key, e.value(props[f.name]))
	delete(e.w.busy, key)
	e.w.names[memo] = v
	if e.w.uses == uses && len(e.w.asked) == asked && !e.w.spent() {
		e.s.r.names[memo] = settledName{v, slices.Clone(e.w.took)}
	}
	return v
}

// A settledName is the same in every world, and rests on some assumptions.
type settledName struct {
	value any
	took  []string
}

func (e eval) named(d *declared, key string, v any) any {
	switch v := v.(type) {
	case noValue, nil:
		return e.later(d, "name")
	case plan.Unknown:
		if !slices.Contains(v.Refs, key) {
			v.Refs = append([]string{key}, v.Refs...)
		}
		return v
	}
	return v
}

// arnOf puts the ARN of a resource together; a name that is not known stays a part of it.
func (e eval) arnOf(d *declared, f form) any {
	if f.arn == "" {
		return e.later(d, "arn")
	}
	var c pieces
	rest := f.arn
	for {
		before, after, ok := strings.Cut(rest, "{")
		c.text(before)
		if !ok {
			return c.done()
		}
		part, tail, _ := strings.Cut(after, "}")
		c.add(e.arnPart(d, f, part))
		rest = tail
	}
}

func (e eval) arnPart(d *declared, f form, part string) any {
	switch part {
	case "partition":
		return e.partition()
	case "account":
		return e.s.account
	case "region":
		return e.s.region
	case "path":
		props, _ := d.raw["Properties"].(map[string]any)
		if v := props["Path"]; v != nil {
			return e.value(v)
		}
		return "/"
	}
	return e.nameOf(d, f)
}

// getAtt evaluates Fn::GetAtt, as a list, or as a text with a dot.
func (e eval) getAtt(arg any) any {
	l := document.List(arg)
	if text, ok := arg.(string); ok {
		id, attr, _ := strings.Cut(text, ".")
		l = []any{id, attr}
	}
	if len(l) < 2 {
		return plan.Unknown{Why: "Fn::GetAtt with other arguments than it takes"}
	}
	id, _ := plainText(e.value(l[0]))
	attr, _ := plainText(e.value(l[1]))
	if len(l) == 3 {
		last, _ := plainText(e.value(l[2]))
		attr += "." + last
	}
	d := e.s.resources[id]
	if d == nil {
		return plan.Unknown{Why: "reference to " + e.s.prefix + id + ", which is not there"}
	}
	if out, ok := strings.CutPrefix(attr, "Outputs."); ok && e.s.children[id] != nil {
		return e.output(e.s.children[id], out)
	}
	return e.attribute(d, attr)
}

func (e eval) attribute(d *declared, attr string) any {
	f, ok := forms(d.kind)
	switch {
	case ok && (attr == "Arn" && f.attr == "" || attr != "" && attr == f.attr):
		return e.arnOf(d, f)
	case ok && attr == f.name && attr != "":
		return e.nameOf(d, f)
	}
	return e.later(d, strings.ToLower(attr))
}

// output evaluates what a nested stack hands out.
func (e eval) output(c *stack, name string) any {
	o, _ := c.section("Outputs")[name].(map[string]any)
	if o == nil {
		return plan.Unknown{Why: "output " + c.prefix + name + ", which is not there"}
	}
	key := "output " + c.prefix + name
	if e.w.busy[key] {
		e.w.looped = true
		return plan.Unknown{Why: key + " is made of itself"}
	}
	e.w.busy[key] = true
	defer delete(e.w.busy, key)
	return eval{c, e.w, e.strict}.value(o["Value"])
}
