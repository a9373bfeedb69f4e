package cloudformation

import (
	"maps"

	"oust/internal/plan"
	"oust/internal/plan/document"
)

// event makes what lets something call a function. False for a type that is not known.
func (x *serverless) event(id, kind string, p props) bool {
	switch kind {
	case "Schedule", "EventBridgeRule", "CloudWatchEvent":
		x.rule(id, p, att(x.id, "Arn"), nil)
		x.permit(id, "events.amazonaws.com", att(id, "Arn"), nil)
	case "ScheduleV2":
		x.schedule(id, p, att(x.id, "Arn"), "lambda:InvokeFunction")
	case "S3":
		x.bucket(id, p)
	case "SNS":
		x.topic(id, p)
	case "SQS", "Kinesis", "DynamoDB", "MSK", "MQ", "SelfManagedKafka", "DocumentDB":
		x.stream(id, p)
	case "Api", "HttpApi":
		x.route(id, kind == "HttpApi", p)
	case "CloudWatchLogs":
		f := take(p, "LogGroupName", "FilterPattern")
		f["DestinationArn"] = att(x.id, "Arn")
		x.make(id, "AWS::Logs::SubscriptionFilter", f)
		x.permit(id, sub("logs.${AWS::Region}.${AWS::URLSuffix}"), nil, nil)
	case "IoTRule":
		payload := take(p, "Sql", "AwsIotSqlVersion")
		payload["Actions"] = []any{props{"Lambda": props{"FunctionArn": att(x.id, "Arn")}}}
		x.make(id, "AWS::IoT::TopicRule", props{"TopicRulePayload": payload})
		x.permit(id, "iot.amazonaws.com", att(id, "Arn"), nil)
	case "Cognito":
		x.permit(id+"Cognito", "cognito-idp.amazonaws.com", plan.Unknown{Why: "ARN of the user pool"}, nil)
	case "AlexaSkill":
		x.make(id+"Permission", "AWS::Lambda::Permission", props{"Action": "lambda:InvokeFunction", "FunctionName": ref(x.id),
			"Principal": "alexa-appkit.amazon.com", "EventSourceToken": p["SkillId"]})
	default:
		return false
	}
	return true
}

// permit lets a service call the function.
func (x *serverless) permit(id string, service, source, account any) {
	p := props{"Action": "lambda:InvokeFunction", "FunctionName": ref(x.id), "Principal": service}
	if source != nil {
		p["SourceArn"] = source
	}
	if account != nil {
		p["SourceAccount"] = account
	}
	x.make(id+"Permission", "AWS::Lambda::Permission", p)
}

// rule is a rule of EventBridge with one target.
func (x *serverless) rule(id string, p props, target, role any) {
	r := take(p, "Schedule:ScheduleExpression", "Pattern:EventPattern", "EventBusName", "Name", "RuleName:Name", "Description", "State")
	if p["Enabled"] == false {
		r["State"] = "DISABLED"
	}
	t := take(p, "Input", "InputPath", "InputTransformer", "DeadLetterConfig", "RetryPolicy")
	t["Arn"], t["Id"] = target, id+"Target"
	if inner, ok := p["Target"].(props); ok && inner["Id"] != nil {
		t["Id"] = inner["Id"]
	}
	if role != nil {
		t["RoleArn"] = role
	}
	r["Targets"] = []any{t}
	x.make(id, "AWS::Events::Rule", r)
}

// schedule is a schedule of EventBridge Scheduler, with the role that SAM makes for it.
func (x *serverless) schedule(id string, p props, target any, action string) {
	sched := take(p, "ScheduleExpression", "ScheduleExpressionTimezone", "FlexibleTimeWindow", "GroupName", "Name", "Description", "State", "StartDate", "EndDate", "KmsKeyArn")
	t := take(p, "Input", "DeadLetterConfig", "RetryPolicy", "RoleArn")
	t["Arn"] = target
	if p["RoleArn"] == nil {
		t["RoleArn"] = att(id+"Role", "Arn")
		x.starter(id+"Role", "scheduler.amazonaws.com", action, target, p["PermissionsBoundary"])
	}
	sched["Target"] = t
	x.make(id, "AWS::Scheduler::Schedule", sched)
}

// starter is a role with which a service may start one thing.
func (x *serverless) starter(id, service, action string, target, boundary any) {
	r := props{"AssumeRolePolicyDocument": trust(service), "Policies": []any{props{"PolicyName": id + "Policy", "PolicyDocument": props{
		"Version": "2012-10-17", "Statement": []any{props{"Effect": "Allow", "Action": action, "Resource": target}}}}}}
	if boundary != nil {
		r["PermissionsBoundary"] = boundary
	}
	x.make(id, "AWS::IAM::Role", r)
}

// bucket adds a notification to the bucket of the same template.
func (x *serverless) bucket(id string, p props) {
	x.permit(id, "s3.amazonaws.com", nil, ref("AWS::AccountId"))
	_, name, _ := call(p["Bucket"])
	owner, _ := name.(string)
	d := x.s.resources[owner]
	if d == nil {
		x.s.r.problem(x.d.at, "bucket whose events call "+x.s.prefix+x.id, "name a bucket of the same template")
		return
	}
	old, _ := d.raw["Properties"].(props)
	bucket := maps.Clone(old)
	if bucket == nil {
		bucket = props{}
	}
	config, _ := bucket["NotificationConfiguration"].(props)
	config = maps.Clone(config)
	if config == nil {
		config = props{}
	}
	before := document.List(config["LambdaConfigurations"])
	for _, e := range document.List(p["Events"]) {
		one := take(p, "Filter")
		one["Event"], one["Function"] = e, att(x.id, "Arn")
		before = append(before[:len(before):len(before)], one)
	}
	config["LambdaConfigurations"] = before
	bucket["NotificationConfiguration"] = config
	raw := maps.Clone(d.raw)
	raw["Properties"] = bucket
	x.s.resources[owner] = &declared{id: d.id, kind: d.kind, raw: raw, at: d.at, from: d.from}
}

func (x *serverless) topic(id string, p props) {
	t := take(p, "Topic:TopicArn", "FilterPolicy", "FilterPolicyScope", "Region", "RedrivePolicy")
	t["Protocol"], t["Endpoint"] = "lambda", att(x.id, "Arn")
	x.make(id, "AWS::SNS::Subscription", t)
	x.permit(id, "sns.amazonaws.com", p["Topic"], nil)
}

func (x *serverless) stream(id string, p props) {
	m := take(p, "Queue:EventSourceArn", "Stream:EventSourceArn", "Broker:EventSourceArn", "Cluster:EventSourceArn", "BatchSize", "StartingPosition",
		"Topics", "Queues", "FilterCriteria", "DestinationConfig", "Enabled", "SourceAccessConfigurations")
	if servers := p["KafkaBootstrapServers"]; servers != nil {
		m["SelfManagedEventSource"] = props{"Endpoints": props{"KafkaBootstrapServers": servers}}
	}
	m["FunctionName"] = ref(x.id)
	x.make(id, "AWS::Lambda::EventSourceMapping", m)
}

// machine is a state machine, its role, and what starts it.
func (x *serverless) machine() {
	p := take(x.p, "Name:StateMachineName", "Type:StateMachineType", "Definition", "DefinitionSubstitutions", "Role:RoleArn", "Logging:LoggingConfiguration")
	if uri := x.p["DefinitionUri"]; uri != nil {
		p["DefinitionS3Location"] = code(uri, "Bucket", "Key", "Version")
	}
	if x.p["Role"] == nil {
		p["RoleArn"] = att(x.id+"Role", "Arn")
		x.role(x.id+"Role", "states.amazonaws.com", nil)
	}
	x.make(x.id, "AWS::StepFunctions::StateMachine", p)
	events, _ := x.p["Events"].(props)
	for _, name := range document.Keys(events) {
		e, _ := events[name].(props)
		kind, _ := e["Type"].(string)
		own, _ := e["Properties"].(props)
		x.started(x.id+name, name, kind, own)
	}
}

func (x *serverless) started(id, name, kind string, p props) {
	switch kind {
	case "Schedule", "EventBridgeRule", "CloudWatchEvent":
		role := p["RoleArn"]
		if role == nil {
			role = att(id+"Role", "Arn")
			x.starter(id+"Role", "events.amazonaws.com", "states:StartExecution", ref(x.id), nil)
		}
		x.rule(id, p, ref(x.id), role)
	case "ScheduleV2":
		x.schedule(id, p, ref(x.id), "states:StartExecution")
	case "Api":
		x.starter(id+"Role", "apigateway.amazonaws.com", "states:StartExecution", ref(x.id), nil)
		x.route(id, false, p)
	default:
		x.s.r.problem(x.d.at, "event "+name+" of "+x.s.prefix+x.id+": type "+kind, "give oust a change set: it shows what SAM makes")
	}
}
