package resource

import (
	"strings"
	"testing"
)

func TestKey(t *testing.T) {
	f := func(template string, scope Scope, name, want string) {
		t.Helper()
		k := &Kind{Name: "k", Fields: []Field{{Name: "id"}}, Scope: scope, ARNs: strings.Fields(template)}
		if err := k.Seal(); err != nil {
			t.Fatal(err)
		}
		if got := k.Key(name, "111122223333", "us-east-1").String(); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	const function = "arn:*:lambda:{region}:{account}:function:{id}[:{qualifier}]"
	f(function, Region, "f", "k:111122223333:us-east-1:f")
	f(function, Region, "arn:aws:lambda:eu-west-1:999988887777:function:f", "k:999988887777:eu-west-1:f")
	f(function, Region, "arn:aws-cn:lambda:cn-north-1:999988887777:function:f:live", "k:999988887777:cn-north-1:f")
	const partial = function + " {account}:function:{id}[:{qualifier}] function:{id}[:{qualifier}]"
	f(partial, Region, "999988887777:function:f", "k:999988887777:us-east-1:f")
	f(partial, Region, "function:f:live", "k:111122223333:us-east-1:f")
	f("arn:*:iam::{account}:user/{path}{id}", Account, "arn:aws:iam::999988887777:user/a/b/ana", "k:999988887777:ana")
	f("arn:*:iam::{account}:user/{path}{id}", Account, "arn:aws:iam::999988887777:user/ana", "k:999988887777:ana")
	f("arn:*:iam::{account}:user/{path}{id}", Account, "ana", "k:111122223333:ana")
	f("arn:*:iam::{account}:user/{path}{id}", Account, "arn:aws:iam::999988887777:role/ana", "k:111122223333:arn:aws:iam::999988887777:role/ana")
	f("arn:*:s3:::{id}", Global, "arn:aws:s3:::b", "k:b")
	f("", Global, "AKIA1", "k:AKIA1")
}
