package trail

import (
	"fmt"
	"math/rand/v2"
	"time"
)

func iso(t int64) string { return time.Unix(t, 0).UTC().Format("2006-01-02T15:04:05Z") }

// A call is one kind of event of the background, with how often it comes.
type call struct {
	weight        int
	service, name string
	request       func(w *world, r *rand.Rand) string
	response      func(w *world, r *rand.Rand, t int64) string // nil: null
}

func fixed(s string) func(*world, *rand.Rand) string {
	return func(*world, *rand.Rand) string { return s }
}

// reads of applications, of people and pipelines, of services; and everyday writes.
var (
	appReads = []call{
		{30, "kms", "Decrypt", func(w *world, r *rand.Rand) string {
			return fmt.Sprintf(`{"encryptionContext":{"aws:lambda:FunctionArn":"arn:aws:lambda:us-east-1:%s:function:%s"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}`, w.account, pick(r, w.functions...).session)
		}, nil},
		{15, "sts", "AssumeRole", assumeRequest, assumeResponse},
		{12, "secretsmanager", "GetSecretValue", func(w *world, r *rand.Rand) string {
			return fmt.Sprintf(`{"secretId":"arn:aws:secretsmanager:us-east-1:%s:secret:%s"}`, w.account, pick(r, w.secrets...))
		}, nil},
		{12, "ssm", "GetParameter", func(w *world, r *rand.Rand) string {
			return fmt.Sprintf(`{"name":"/%s/prod/%s","withDecryption":true}`, w.team, pick(r, "db/host", "queue", "feature/a"))
		}, nil},
		{10, "ec2", "DescribeInstances", func(w *world, r *rand.Rand) string {
			return fmt.Sprintf(`{"instancesSet":{"items":[{"instanceId":"%s"}]},"filterSet":{}}`, pick(r, w.instances...))
		}, nil},
		{8, "ec2", "DescribeTags", func(w *world, r *rand.Rand) string {
			return fmt.Sprintf(`{"filterSet":{"items":[{"name":"resource-id","valueSet":{"items":[{"value":"%s"}]}}]}}`, pick(r, w.instances...))
		}, nil},
		{5, "sts", "GetCallerIdentity", fixed("null"), nil},
		{5, "autoscaling", "DescribeAutoScalingGroups", fixed(`{"maxRecords":100}`), nil},
		{4, "eks", "DescribeCluster", func(w *world, _ *rand.Rand) string { return fmt.Sprintf(`{"name":"%s-eks"}`, w.team) }, nil},
	}
	adminReads = []call{
		{14, "ec2", "DescribeInstances", fixed(`{"instancesSet":{},"filterSet":{},"maxResults":1000}`), nil},
		{10, "ec2", "DescribeSecurityGroups", fixed(`{"securityGroupSet":{},"securityGroupIdSet":{},"filterSet":{}}`), nil},
		{8, "ec2", "DescribeRouteTables", fixed(`{"routeTableIdSet":{},"filterSet":{}}`), nil},
		{8, "iam", "GetRole", func(w *world, r *rand.Rand) string { return fmt.Sprintf(`{"roleName":"%s"}`, pick(r, w.roles...)) }, nil},
		{6, "iam", "ListAttachedRolePolicies", func(w *world, r *rand.Rand) string { return fmt.Sprintf(`{"roleName":"%s"}`, pick(r, w.roles...)) }, nil},
		{6, "s3", "GetBucketAcl", func(w *world, r *rand.Rand) string {
			b := pick(r, w.buckets...)
			return fmt.Sprintf(`{"bucketName":"%s","Host":"%s.s3.us-east-1.amazonaws.com","acl":""}`, b, b)
		}, nil},
		{5, "lambda", "GetFunction20150331v2", func(w *world, r *rand.Rand) string {
			return fmt.Sprintf(`{"functionName":"%s"}`, pick(r, w.functions...).session)
		}, nil},
		{5, "rds", "DescribeDBInstances", fixed(`{}`), nil},
		{4, "cloudtrail", "LookupEvents", fixed(`{"maxResults":50,"lookupAttributes":[{"attributeKey":"ReadOnly","attributeValue":"false"}]}`), nil},
		{4, "logs", "DescribeLogGroups", fixed(`{"limit":50}`), nil},
		{4, "monitoring", "DescribeAlarms", fixed(`{"maxRecords":100}`), nil},
	}
	serviceReads = []call{
		{40, "sts", "AssumeRole", assumeRequest, assumeResponse},
		{20, "kms", "GenerateDataKey", func(w *world, r *rand.Rand) string {
			return fmt.Sprintf(`{"encryptionContext":{"aws:s3:arn":"arn:aws:s3:::%s"},"keyId":"arn:aws:kms:us-east-1:%s:key/%s","keySpec":"AES_256"}`, w.buckets[0], w.account, pick(r, w.keys...))
		}, nil},
		{18, "s3", "GetBucketAcl", func(w *world, _ *rand.Rand) string {
			return fmt.Sprintf(`{"bucketName":"%[1]s","Host":"%[1]s.s3.us-east-1.amazonaws.com","acl":""}`, w.buckets[0])
		}, nil},
		{10, "ec2", "DescribeInstances", fixed(`{"instancesSet":{},"filterSet":{}}`), nil},
	}
	writes = []call{
		{22, "logs", "CreateLogStream", func(w *world, r *rand.Rand) string {
			return fmt.Sprintf(`{"logGroupName":"/aws/lambda/%s","logStreamName":"2026/03/02/[$LATEST]%s"}`, pick(r, w.functions...).session, hex(r, 32))
		}, nil},
		{16, "ssm", "UpdateInstanceInformation", func(w *world, r *rand.Rand) string {
			return fmt.Sprintf(`{"instanceId":"%s","agentVersion":"3.3.380.0","agentStatus":"Active","platformType":"Linux","iPAddress":"10.0.%d.%d"}`, pick(r, w.instances...), r.IntN(9), r.IntN(255))
		}, nil},
		{8, "ec2", "CreateTags", func(w *world, r *rand.Rand) string {
			return fmt.Sprintf(`{"resourcesSet":{"items":[{"resourceId":"%s"}]},"tagSet":{"items":[{"key":"Name","value":"%s"}]}}`, pick(r, w.instances...), w.team)
		}, ok},
		{5, "ec2", "RunInstances", func(w *world, r *rand.Rand) string {
			return fmt.Sprintf(`{"instancesSet":{"items":[{"imageId":"ami-0%s","minCount":1,"maxCount":1}]},"instanceType":"m6i.large","clientToken":"fleet-%s"}`, hex(r, 16), uuid(r))
		}, func(_ *world, r *rand.Rand, _ int64) string {
			return fmt.Sprintf(`{"requestId":"%s","instancesSet":{"items":[{"instanceId":"i-0%s","imageId":"ami-0%s"}]}}`, uuid(r), hex(r, 16), hex(r, 16))
		}},
		{5, "ec2", "TerminateInstances", func(w *world, r *rand.Rand) string {
			return fmt.Sprintf(`{"instancesSet":{"items":[{"instanceId":"%s"}]}}`, pick(r, w.instances...))
		}, ok},
		{4, "ecs", "UpdateService", func(w *world, r *rand.Rand) string {
			return fmt.Sprintf(`{"cluster":"%[1]s","service":"web","taskDefinition":"web:%[2]d"}`, w.team, 20+r.IntN(70))
		}, nil},
		{3, "ssm", "PutParameter", func(w *world, r *rand.Rand) string {
			return fmt.Sprintf(`{"name":"/%s/prod/%s","type":"String","overwrite":true}`, w.team, pick(r, "db/host", "queue"))
		}, nil},
		{2, "route53", "ChangeResourceRecordSets", func(w *world, r *rand.Rand) string {
			return fmt.Sprintf(`{"hostedZoneId":"Z%s","changeBatch":{"changes":[{"action":"UPSERT","resourceRecordSet":{"name":"_acme-challenge.%s.example.com","type":"TXT","tTL":60}}]}}`, upper(r, 20), w.team)
		}, nil},
	}
)

func assumeRequest(w *world, r *rand.Rand) string {
	return fmt.Sprintf(`{"roleArn":"arn:aws:iam::%s:role/%s","roleSessionName":"%s","durationSeconds":3600}`, w.account, pick(r, w.roles...), hex(r, 16))
}

func assumeResponse(w *world, r *rand.Rand, t int64) string {
	role := pick(r, w.roles...)
	return fmt.Sprintf(`{"credentials":{"accessKeyId":"ASIA%s","sessionToken":"IQoJb3JpZ2luX2Vj%s","expiration":"%s"},"assumedRoleUser":{"assumedRoleId":"AROA%s:s","arn":"arn:aws:sts::%s:assumed-role/%s/s"}}`,
		upper(r, 16), upper(r, 120), time.Unix(t+3600, 0).UTC().Format("Jan 2, 2006 3:04:05 PM"), upper(r, 17), w.account, role)
}

func ok(_ *world, r *rand.Rand, _ int64) string {
	return fmt.Sprintf(`{"requestId":"%s","_return":true}`, uuid(r))
}

func choose(r *rand.Rand, of []call) *call {
	total := 0
	for i := range of {
		total += of[i].weight
	}
	n := r.IntN(total)
	for i := range of {
		if n -= of[i].weight; n < 0 {
			return &of[i]
		}
	}
	return &of[0]
}

// background appends one ordinary event.
func (w *world) background(b []byte, r *rand.Rand, t int64, region string) []byte {
	write := r.IntN(100) < 3
	var who, address, agent string
	var c *call
	switch n := r.IntN(100); {
	case n < 24:
		s := pick(r, "ec2", "lambda", "config", "cloudtrail", "autoscaling", "ssm", "eks", "rds") + ".amazonaws.com"
		who, address, agent = fmt.Sprintf(`{"type":"AWSService","invokedBy":"%s"}`, s), s, s
		c = choose(r, serviceReads)
	default:
		who, address, agent, c = w.somebody(r, n, t)
	}
	if write {
		c = choose(r, writes)
	}
	failure, response := "", "null"
	switch {
	case !write && n100(r) < 3:
		failure = `,"errorCode":"AccessDenied","errorMessage":"User is not authorized to perform this action because no identity-based policy allows it"`
	case c.response != nil:
		response = c.response(w, r, t)
	}
	return fmt.Appendf(b, `{"eventVersion":"1.09","userIdentity":%s,"eventTime":"%s","eventSource":"%s.amazonaws.com","eventName":"%s","awsRegion":"%s",`+
		`"sourceIPAddress":"%s","userAgent":"%s"%s,"requestParameters":%s,"responseElements":%s,"requestID":"%s","eventID":"%s","readOnly":%t,`+
		`"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"%s","eventCategory":"Management",`+
		`"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"%s.%s.amazonaws.com"}}`,
		who, iso(t), c.service, c.name, region, address, agent, failure, c.request(w, r), response, uuid(r), uuid(r), !write, w.account, c.service, region)
}

func n100(r *rand.Rand) int { return r.IntN(100) }

// somebody picks who calls, by n out of 24 to 99.
func (w *world) somebody(r *rand.Rand, n int, t int64) (who, address, agent string, c *call) {
	var by *caller
	of := appReads
	switch {
	case n < 52:
		by = pick(r, w.nodes...)
	case n < 72:
		by = pick(r, w.functions...)
	case n < 76:
		by = pick(r, w.users...)
	case n < 94:
		by, of = pick(r, w.people...), adminReads
	default:
		by, of = w.pipeline, adminReads
	}
	return w.identity(by, t), by.address, by.agent, choose(r, of)
}
