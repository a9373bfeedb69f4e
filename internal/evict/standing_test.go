package evict_test

import (
	"encoding/json"
	"testing"

	"oust/internal/org"
	"oust/internal/relate"
)

// TestStanding reaches every state, from the deeds of one key.
func TestStanding(t *testing.T) {
	ci, admin := user(home, "ci-bot", stolen), session(home, "AWSReservedSSO_Admin_0011223344556677", "alice", alice, 1)
	newKey := func(l *log, minute int, id, name string) {
		l.add(minute, ci, "iam", "CreateAccessKey", home, object{"userName": name}, key(id, name))
	}
	policy := func(principal string) object {
		return object{"bucketName": "b", "bucketPolicy": json.RawMessage(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":"s3:*","Resource":"arn:aws:s3:::b/*"}]}`)}
	}
	const id = "AKIAMADEMADEMADE0031"
	for _, c := range []struct {
		name, kind, id string
		life           int
		want           relate.State
		log            func(l *log)
	}{
		{"standing", "aws.iam.access_key", id, 0, relate.Standing, func(l *log) { newKey(l, 5, id, "eve") }},
		{"removed by its maker", "aws.iam.access_key", id, 0, relate.Ended, func(l *log) {
			newKey(l, 5, id, "eve")
			l.add(9, ci, "iam", "DeleteAccessKey", home, object{"userName": "eve", "accessKeyId": id}, nil)
		}},
		{"a refused removal ends nothing", "aws.iam.access_key", id, 0, relate.Standing, func(l *log) {
			newKey(l, 5, id, "eve")
			l.add(9, ci, "iam", "DeleteAccessKey", home, object{"userName": "eve", "accessKeyId": id}, nil)["errorCode"] = "AccessDenied"
		}},
		{"gone with its user", "aws.iam.access_key", id, 0, relate.EndedByParent, func(l *log) {
			newKey(l, 5, id, "eve")
			l.add(9, admin, "iam", "DeleteUser", home, object{"userName": "eve"}, nil)
		}},
		{"a user of the same name saves nothing", "aws.iam.access_key", id, 0, relate.EndedByParent, func(l *log) {
			newKey(l, 5, id, "eve")
			l.add(9, admin, "iam", "DeleteUser", home, object{"userName": "eve"}, nil)
			l.add(12, admin, "iam", "CreateUser", home, object{"userName": "eve"}, object{"user": object{"userName": "eve", "userId": "AIDANEW"}})
		}},
		{"switched off", "aws.iam.access_key", id, 0, relate.Disabled, func(l *log) {
			newKey(l, 5, id, "eve")
			l.add(9, admin, "iam", "UpdateAccessKey", home, object{"userName": "eve", "accessKeyId": id, "status": "Inactive"}, nil)
		}},
		{"switched off and on", "aws.iam.access_key", id, 0, relate.Standing, func(l *log) {
			newKey(l, 5, id, "eve")
			l.add(9, admin, "iam", "UpdateAccessKey", home, object{"userName": "eve", "accessKeyId": id, "status": "Inactive"}, nil)
			l.add(10, ci, "iam", "UpdateAccessKey", home, object{"userName": "eve", "accessKeyId": id, "status": "Active"}, nil)
		}},
		{"written over", "aws.s3.bucket_policy", "b", 0, relate.Superseded, func(l *log) {
			l.add(1, admin, "s3", "PutBucketPolicy", home, policy("arn:aws:iam::"+home+":role/app"), nil)
			l.add(5, ci, "s3", "PutBucketPolicy", home, policy("arn:aws:iam::"+outside+":root"), nil)
			l.add(9, admin, "s3", "PutBucketPolicy", home, policy("arn:aws:iam::"+home+":role/app"), nil)
		}},
		{"written, and their statement is still in it", "aws.s3.bucket_policy", "b", 0, relate.Standing, func(l *log) {
			l.add(1, admin, "s3", "PutBucketPolicy", home, policy("arn:aws:iam::"+home+":role/app"), nil)
			l.add(5, ci, "s3", "PutBucketPolicy", home, policy("arn:aws:iam::"+outside+":root"), nil)
			l.add(9, admin, "s3", "PutBucketPolicy", home, object{"bucketName": "b", "bucketPolicy": json.RawMessage(
				`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + outside + `:root"},"Action":"s3:*","Resource":"arn:aws:s3:::b/*"},` +
					`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`)}, nil)
		}},
		{"expired", "aws.sts.federation_token", "ASIAFEDERATEDFED0032", 0, relate.Expired, func(l *log) {
			l.add(5, ci, "sts", "GetFederationToken", home, object{"name": "x"}, object{
				"credentials":   object{"accessKeyId": "ASIAFEDERATEDFED0032", "expiration": "Mar 2, 2026, 11:00:00 PM"},
				"federatedUser": object{"arn": "arn:aws:sts::" + home + ":federated-user/x"},
			})
		}},
		{"deleted, and to be had back", "aws.secretsmanager.secret", "db", 0, relate.SoftDeleted, func(l *log) {
			arn := "arn:aws:secretsmanager:us-east-1:" + home + ":secret:db-AbCdEf"
			l.add(5, ci, "secretsmanager", "RotateSecret", home, object{"secretId": arn, "rotationLambdaARN": "arn:aws:lambda:us-east-1:" + outside + ":function:r"}, object{"arn": arn, "name": "db"})
			l.add(9, ci, "secretsmanager", "DeleteSecret", home, object{"secretId": arn, "recoveryWindowInDays": 7}, object{"arn": arn, "name": "db"})
		}},
		{"logging was off", "aws.iam.access_key", id, 0, relate.Unknown, func(l *log) {
			newKey(l, 5, id, "eve")
			l.add(6, ci, "cloudtrail", "StopLogging", home, object{"name": "main"}, nil)
		}},
		{"logging went on", "aws.iam.access_key", id, 0, relate.Standing, func(l *log) {
			newKey(l, 5, id, "eve")
			l.add(6, ci, "cloudtrail", "StopLogging", home, object{"name": "regional"}, nil)
			l.add(90, admin, "iam", "ListUsers", home, nil, nil)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &log{}
			c.log(l)
			r := l.read(t, 2, "", &org.Org{})
			_, closure := r.follow(t, stolen)
			for _, n := range closure.Touched {
				if n.Node.Kind.Name == c.kind && n.Node.Key.ID == c.id && n.Node.Life == c.life {
					if is, why := r.graph.Standing(n.Node, n.Deeds); is != c.want || why == "" {
						t.Errorf("%s (%s), want %s", is, why, c.want)
					}
					return
				}
			}
			t.Fatalf("no %s %s among %v", c.kind, c.id, resources(closure))
		})
	}
}
