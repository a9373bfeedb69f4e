package cloudformation

import (
	"strconv"
	"strings"

	"oust/internal/plan"
	"oust/internal/plan/document"
)

const basicExecution = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"

func (x *serverless) function() {
	p := take(x.p, "FunctionName", "Handler", "Runtime", "Description", "MemorySize", "Timeout", "Environment", "VpcConfig", "Layers",
		"KmsKeyArn", "Architectures", "ReservedConcurrentExecutions", "FileSystemConfigs", "ImageConfig", "PackageType", "EphemeralStorage",
		"SnapStart", "CodeSigningConfigArn", "LoggingConfig", "RuntimeManagementConfig", "Role", "DeadLetterQueue:DeadLetterConfig", "Tags")
	p["Code"] = x.code()
	if x.p["Role"] == nil {
		p["Role"] = att(x.id+"Role", "Arn")
		x.role(x.id+"Role", "lambda.amazonaws.com", []any{basicExecution})
	}
	x.make(x.id, "AWS::Lambda::Function", p)
	x.url()
	x.published()
	events, _ := x.p["Events"].(props)
	for _, name := range document.Keys(events) {
		e, _ := events[name].(props)
		kind, _ := e["Type"].(string)
		own, _ := e["Properties"].(props)
		if own == nil {
			own = props{}
		}
		if !x.event(x.id+name, kind, own) {
			x.s.r.problem(x.d.at, "event "+name+" of "+x.s.prefix+x.id+": type "+kind, "give oust a change set: it shows what SAM makes")
		}
	}
}

func (x *serverless) code() any {
	switch {
	case x.p["InlineCode"] != nil:
		return props{"ZipFile": x.p["InlineCode"]}
	case x.p["ImageUri"] != nil:
		return props{"ImageUri": x.p["ImageUri"]}
	}
	return code(x.p["CodeUri"], "S3Bucket", "S3Key", "S3ObjectVersion")
}

// url is a function's address on the Internet, and the statement that lets everybody call it.
func (x *serverless) url() {
	u, ok := x.p["FunctionUrlConfig"].(props)
	if !ok {
		return
	}
	p := take(u, "AuthType", "Cors", "InvokeMode")
	p["TargetFunctionArn"] = ref(x.id)
	x.make(x.id+"Url", "AWS::Lambda::Url", p)
	if u["AuthType"] != "NONE" {
		return
	}
	x.make(x.id+"UrlPublicPermissions", "AWS::Lambda::Permission", props{"Action": "lambda:InvokeFunctionUrl", "FunctionName": ref(x.id),
		"Principal": "*", "FunctionUrlAuthType": "NONE"})
}

// published are the alias and the destinations of calls.
func (x *serverless) published() {
	if alias := x.p["AutoPublishAlias"]; alias != nil {
		name, _ := alias.(string)
		x.make(x.id+"Alias"+notAlphanumeric.ReplaceAllString(name, ""), "AWS::Lambda::Alias", props{"Name": alias, "FunctionName": ref(x.id),
			"FunctionVersion": plan.Unknown{Why: "known after deployment"}})
	}
	if c, ok := x.p["EventInvokeConfig"].(props); ok {
		p := take(c, "DestinationConfig", "MaximumEventAgeInSeconds", "MaximumRetryAttempts")
		p["FunctionName"], p["Qualifier"] = ref(x.id), "$LATEST"
		x.make(x.id+"EventInvokeConfig", "AWS::Lambda::EventInvokeConfig", p)
	}
}

// role is the role that SAM makes when none is named.
func (x *serverless) role(id, service string, managed []any) {
	p := take(x.p, "AssumeRolePolicyDocument", "PermissionsBoundary", "RolePath:Path")
	if p["AssumeRolePolicyDocument"] == nil {
		p["AssumeRolePolicyDocument"] = trust(service)
	}
	var inline []any
	for i, v := range document.List(x.p["Policies"]) {
		m, in := x.policy(id+"Policy"+strconv.Itoa(i), v)
		managed, inline = append(managed, m...), append(inline, in...)
	}
	if len(managed) > 0 {
		p["ManagedPolicyArns"] = managed
	}
	if len(inline) > 0 {
		p["Policies"] = inline
	}
	x.make(id, "AWS::IAM::Role", p)
}

func trust(service string) props {
	return props{"Version": "2012-10-17", "Statement": []any{
		props{"Effect": "Allow", "Action": []any{"sts:AssumeRole"}, "Principal": props{"Service": []any{service}}}}}
}

// policy sorts one entry of Policies: a managed policy by name or ARN, a document, a template of SAM, or a choice between them.
func (x *serverless) policy(name string, v any) (managed, inline []any) {
	m, ok := v.(props)
	if !ok {
		return []any{managedARN(v)}, nil
	}
	fn, arg, isFn := call(m)
	switch {
	case m["Statement"] != nil:
		return nil, []any{props{"PolicyName": name, "PolicyDocument": m}}
	case isFn && fn == "Fn::If" && len(document.List(arg)) == 3:
		return x.eitherPolicy(name, document.List(arg))
	case isFn || len(m) != 1:
		return []any{v}, nil
	}
	for template := range m {
		inline = append(inline, props{"PolicyName": name, "PolicyDocument": templatePolicy(template)})
	}
	return nil, inline
}

func managedARN(v any) any {
	text, ok := v.(string)
	switch {
	case !ok || strings.Contains(text, ":"):
		return v
	case text == "AWSLambdaBasicExecutionRole", strings.HasPrefix(text, "AWSLambda") && strings.HasSuffix(text, "ExecutionRole"):
		return "arn:aws:iam::aws:policy/service-role/" + text
	}
	return "arn:aws:iam::aws:policy/" + text
}

func (x *serverless) eitherPolicy(name string, l []any) (managed, inline []any) {
	none := ref("AWS::NoValue")
	wrap := func(v any, at int) any {
		either := []any{l[0], none, none}
		either[at] = v
		return props{"Fn::If": either}
	}
	for at := 1; at <= 2; at++ {
		if fn, arg, ok := call(l[at]); ok && fn == "Ref" && arg == "AWS::NoValue" {
			continue
		}
		m, in := x.policy(name, l[at])
		for _, v := range m {
			managed = append(managed, wrap(v, at))
		}
		for _, v := range in {
			inline = append(inline, wrap(v, at))
		}
	}
	return managed, inline
}

// templatePolicy writes what a policy template of SAM allows, without the resources that it narrows itself to.
// Templates that are not listed stay unknown. None of those listed allows IAM.
// Source: "SAM policy template list" in the developer guide of SAM.
func templatePolicy(name string) any {
	actions := map[string]string{
		"AMIDescribePolicy":                     "ec2:DescribeImages",
		"AWSSecretsManagerGetSecretValuePolicy": "secretsmanager:GetSecretValue",
		"CloudWatchDescribeAlarmHistoryPolicy":  "cloudwatch:DescribeAlarmHistory",
		"CloudWatchPutMetricPolicy":             "cloudwatch:PutMetricData",
		"CloudFormationDescribeStacksPolicy":    "cloudformation:DescribeStacks",
		"CodePipelineLambdaExecutionPolicy":     "codepipeline:PutJobSuccessResult codepipeline:PutJobFailureResult",
		"DynamoDBCrudPolicy":                    "dynamodb:GetItem dynamodb:DeleteItem dynamodb:PutItem dynamodb:Scan dynamodb:Query dynamodb:UpdateItem dynamodb:BatchWriteItem dynamodb:BatchGetItem dynamodb:DescribeTable dynamodb:ConditionCheckItem",
		"DynamoDBReadPolicy":                    "dynamodb:GetItem dynamodb:Scan dynamodb:Query dynamodb:BatchGetItem dynamodb:DescribeTable",
		"DynamoDBWritePolicy":                   "dynamodb:PutItem dynamodb:UpdateItem dynamodb:BatchWriteItem",
		"DynamoDBStreamReadPolicy":              "dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams",
		"EventBridgePutEventsPolicy":            "events:PutEvents",
		"FirehoseWritePolicy":                   "firehose:PutRecord firehose:PutRecordBatch",
		"KMSDecryptPolicy":                      "kms:Decrypt",
		"KMSEncryptPolicy":                      "kms:Encrypt",
		"KinesisStreamReadPolicy":               "kinesis:ListStreams kinesis:DescribeLimits kinesis:DescribeStream kinesis:DescribeStreamSummary kinesis:GetRecords kinesis:GetShardIterator",
		"LambdaInvokePolicy":                    "lambda:InvokeFunction",
		"S3CrudPolicy":                          "s3:GetObject s3:ListBucket s3:GetBucketLocation s3:GetObjectVersion s3:PutObject s3:PutObjectAcl s3:GetLifecycleConfiguration s3:PutLifecycleConfiguration s3:DeleteObject",
		"S3FullAccessPolicy":                    "s3:GetObject s3:GetObjectAcl s3:GetObjectVersion s3:PutObject s3:PutObjectAcl s3:DeleteObject s3:DeleteObjectTagging s3:DeleteObjectVersionTagging s3:GetObjectTagging s3:PutObjectTagging s3:ListBucket s3:GetBucketLocation s3:GetLifecycleConfiguration s3:PutLifecycleConfiguration",
		"S3ReadPolicy":                          "s3:GetObject s3:ListBucket s3:GetBucketLocation s3:GetObjectVersion s3:GetLifecycleConfiguration",
		"S3WritePolicy":                         "s3:PutObject s3:PutObjectAcl s3:PutLifecycleConfiguration",
		"SESSendBouncePolicy":                   "ses:SendBounce",
		"SNSPublishMessagePolicy":               "sns:Publish",
		"SQSPollerPolicy":                       "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage",
		"SQSSendMessagePolicy":                  "sqs:SendMessage",
		"SSMParameterReadPolicy":                "ssm:DescribeParameters ssm:GetParameters ssm:GetParameter ssm:GetParametersByPath",
		"StepFunctionsExecutionPolicy":          "states:StartExecution",
		"VPCAccessPolicy":                       "ec2:CreateNetworkInterface ec2:DeleteNetworkInterface ec2:DescribeNetworkInterfaces ec2:DetachNetworkInterface",
	}[name]
	if actions == "" {
		return plan.Unknown{Why: "policy template " + name + " of SAM"}
	}
	var l []any
	for a := range strings.FieldsSeq(actions) {
		l = append(l, a)
	}
	return props{"Version": "2012-10-17", "Statement": []any{
		props{"Effect": "Allow", "Action": l, "Resource": plan.Unknown{Why: "SAM narrows its policy template"}}}}
}
