package pattern

import "testing"

func TestIdentities(t *testing.T) {
	f := func(text string, want bool) {
		t.Helper()
		if got := Identities(text); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
	for _, text := range []string{
		`{"source":["aws.iam"]}`,
		`{ "source" : [ "aws.\u0069am" ] }`,
		`{"source":[{"prefix":"aws."}]}`,
		`{"source":[{"prefix":{"equals-ignore-case":"AWS.I"}}]}`,
		`{"source":[{"suffix":".iam"}]}`,
		`{"source":[{"equals-ignore-case":"AWS.IAM"}]}`,
		`{"source":[{"wildcard":"aws.i*m"}]}`,
		`{"source":[{"anything-but":["aws.s3"]}]}`,
		`{"source":[{"anything-but":{"prefix":"aws.s"}}]}`,
		`{"source":[{"exists":true}]}`,
		`{"account":["111122223333"]}`,
		`{"detail-type":["AWS API Call via CloudTrail"]}`,
		`{"detail":{"eventName":["DeleteUser","RunInstances"]}}`,
		`{"detail":{"eventSource":[{"wildcard":"*am.amazonaws.com"}],"userIdentity":{"type":["IAMUser"]}}}`,
		`{"detail":{"userIdentity":{"userName":["ana"]}}}`,
		`{"detail":{"sourceIPAddress":[{"cidr":"203.0.113.0/24"}]}}`,
		`{"$or":[{"source":["aws.s3"]},{"source":["aws.signin"]}]}`,
		`{"source":[{"a-matcher-to-come":"x"}]}`,
		`{"source":"aws.ec2"}`,
		`{not JSON`,
	} {
		f(text, true)
	}
	for _, text := range []string{
		``,
		`{"source":["aws.ec2"]}`,
		`{"source":["aws.guardduty"],"detail-type":["GuardDuty Finding"]}`,
		`{"source":["com.acme.orders"],"account":["111122223333"]}`,
		`{"source":[{"prefix":"com.acme."}]}`,
		`{"source":[{"anything-but":{"prefix":["aws.","x"]}}]}`,
		`{"source":[{"anything-but":{"wildcard":"aws.*"}}]}`,
		`{"source":[{"wildcard":"aws.i?m"}]}`,
		`{"source":[{"exists":false}]}`,
		`{"source":[null, 5]}`,
		`{"detail":{"eventName":["RunInstances"]}}`,
		`{"detail":{"eventName":[{"numeric":[">",5]}]}}`,
		`{"detail":["iam"]}`,
		`{"source":[{"cidr":"10.0.0.0/8"}]}`,
		`{"source":["aws.s3"],"detail-type":["Object Created"],"detail":{"bucket":{"name":["b"]}}}`,
		`{"$or":[{"source":["aws.s3"]},{"detail":{"eventName":["PutObject"]}}]}`,
	} {
		f(text, false)
	}
}

func FuzzIdentities(f *testing.F) {
	f.Add(`{"source":[{"prefix":{"equals-ignore-case":"AWS.I"}}],"$or":[{"detail":{"eventName":[{"anything-but":["x"]}]}}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		if first := Identities(text); first != Identities(text) {
			t.Error("not the same twice")
		}
	})
}
