package evict_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"oust/internal/catalog"
	"oust/internal/catalogtest"
	"oust/internal/evict"
	"oust/internal/expr"
	"oust/internal/finding"
	"oust/internal/hunt"
	"oust/internal/org"
	"oust/internal/relate"
	"oust/internal/source"
)

// The fixture: an intruder goes from a stolen key through users, sessions, a second account, a function and an outsider's
// session, while innocent people use the same roles. Times are minutes after nine.

const (
	home, away, outside = "111122223333", "444455556666", "999988887777"
	day                 = "2026-03-02T"
)

type object = map[string]any

// who writes userIdentity.
func user(account, name, key string) object {
	return object{"type": "IAMUser", "principalId": "AIDA" + name, "arn": "arn:aws:iam::" + account + ":user/" + name, "accountId": account, "accessKeyId": key, "userName": name}
}

func session(account, role, name, key string, opened int) object {
	return object{
		"type": "AssumedRole", "principalId": "AROA" + role + ":" + name, "arn": "arn:aws:sts::" + account + ":assumed-role/" + role + "/" + name,
		"accountId": account, "accessKeyId": key,
		"sessionContext": object{
			"sessionIssuer": object{"type": "Role", "principalId": "AROA" + role, "arn": "arn:aws:iam::" + account + ":role/" + role, "accountId": account, "userName": role},
			"attributes":    object{"creationDate": at(opened), "mfaAuthenticated": "false"},
		},
	}
}

// console is a session of a user who signed in: every call has a key of its own.
func console(account, name, key string, opened int) object {
	u := user(account, name, key)
	u["sessionContext"] = object{"attributes": object{"creationDate": at(opened), "mfaAuthenticated": "false"}}
	return u
}

func stranger(account, unique string) object {
	return object{"type": "AWSAccount", "principalId": unique, "accountId": account}
}

func at(minute int) string { return fmt.Sprintf("%s%02d:%02d:00Z", day, 9+minute/60, minute%60) }

// A log collects records.
type log struct {
	records []object
	n       int
}

func (l *log) add(minute int, who object, service, name, account string, request, answer object) object {
	l.n++
	r := object{
		"eventVersion": "1.09", "eventTime": at(minute), "eventSource": service + ".amazonaws.com", "eventName": name, "awsRegion": "us-east-1",
		"sourceIPAddress": "198.51.100.7", "userAgent": "aws-cli/2", "userIdentity": who, "requestParameters": request, "responseElements": answer,
		"eventID": fmt.Sprintf("00000000-0000-4000-8000-%012d", l.n), "eventType": "AwsApiCall", "recipientAccountId": account,
	}
	l.records = append(l.records, r)
	return r
}

// assume writes the opening of a session, and its copy in the other account.
func (l *log) assume(minute int, who object, account, role, name, key string) {
	request := object{"roleArn": "arn:aws:iam::" + account + ":role/" + role, "roleSessionName": name}
	answer := object{
		"credentials":     object{"accessKeyId": key, "sessionToken": "x", "expiration": "Mar 2, 2026, 11:00:00 PM"},
		"assumedRoleUser": object{"arn": "arn:aws:sts::" + account + ":assumed-role/" + role + "/" + name, "assumedRoleId": "AROA" + role + ":" + name},
	}
	from := who["accountId"].(string)
	if who["type"] != "AWSAccount" {
		l.add(minute, who, "sts", "AssumeRole", from, request, answer)["sharedEventID"] = key
	}
	if from != account {
		copied := stranger(from, who["principalId"].(string))
		l.add(minute, copied, "sts", "AssumeRole", account, request, answer)["sharedEventID"] = key
	}
}

func trust(principal string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":"sts:AssumeRole"}]}`
}

func key(id, user string) object {
	return object{"accessKey": object{"accessKeyId": id, "userName": user, "status": "Active", "createDate": "Mar 2, 2026, 9:05:00 AM"}}
}

// The credentials. Twenty letters, as real ones have.
const (
	stolen  = "AKIASTOLENCIBOT00001"
	synced  = "AKIASYNCSYNCSYNC0002"
	ops     = "ASIAOPSOPSOPSOPS0003"
	audit   = "ASIAAUDITAUDITAU0004"
	relay   = "ASIARELAYRELAYRE0005"
	legacy  = "AKIALEGACYLEGACY0006"
	support = "ASIASUPPORTSUPPO0007"
	signin  = "ASIACONSOLECONSO0008"
	bobKey  = "AKIABOBBOBBOBBOB0011"
	bobOps  = "ASIABOBOPSBOBOPS0012"
	alice   = "ASIAALICEALICEAL0013"
	nightly = "ASIANIGHTLYNIGHT0014"
)

// intrusion is the log of everything that the intruder did, seven hops deep.
func (l *log) intrusion() {
	ci := user(home, "ci-bot", stolen)
	l.add(4, ci, "iam", "CreateUser", home, object{"userName": "sync"}, object{"user": object{"userName": "sync", "userId": "AIDAsync", "arn": "arn:aws:iam::" + home + ":user/sync"}})
	l.add(5, ci, "iam", "CreateAccessKey", home, object{"userName": "sync"}, key(synced, "sync"))
	l.add(6, ci, "iam", "CreateLoginProfile", home, object{"userName": "sync"}, object{"loginProfile": object{"userName": "sync"}})
	l.add(9, console(home, "sync", signin, 8), "sns", "Subscribe", home,
		object{"topicArn": "arn:aws:sns:us-east-1:" + home + ":orders", "protocol": "https", "endpoint": "https://collector.example.net/x"},
		object{"subscriptionArn": "arn:aws:sns:us-east-1:" + home + ":orders:0b1c2d3e"})
	l.assume(10, user(home, "sync", synced), home, "ops", "sync", ops)
	l.assume(15, session(home, "ops", "sync", ops, 10), away, "audit", "sync", audit)
	in := session(away, "audit", "sync", audit, 15)
	l.add(20, in, "lambda", "CreateFunction20150331", away,
		object{"functionName": "relay", "role": "arn:aws:iam::" + away + ":role/relay-role", "runtime": "python3.12", "handler": "i.h", "code": object{}},
		object{"functionName": "relay", "functionArn": "arn:aws:lambda:us-east-1:" + away + ":function:relay", "role": "arn:aws:iam::" + away + ":role/relay-role", "codeSha256": "c2hh"})
	l.add(21, in, "events", "PutRule", away, object{"name": "relay-tick", "scheduleExpression": "rate(5 minutes)", "state": "ENABLED"}, object{"ruleArn": "arn:aws:events:us-east-1:" + away + ":rule/relay-tick"})
	l.add(22, in, "lambda", "AddPermission20150331v2", away, object{"functionName": "relay", "statementId": "tick", "action": "lambda:InvokeFunction", "principal": "events.amazonaws.com"}, object{"statement": `{"Sid":"tick","Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:` + away + `:function:relay"}`})
	l.add(23, in, "events", "PutTargets", away, object{"rule": "relay-tick", "targets": []any{object{"id": "1", "arn": "arn:aws:lambda:us-east-1:" + away + ":function:relay"}}}, object{"failedEntryCount": 0})
	l.add(30, session(away, "relay-role", "relay", relay, 29), "iam", "CreateAccessKey", away, object{"userName": "legacy"}, key(legacy, "legacy"))
	l.add(40, user(away, "legacy", legacy), "s3", "PutBucketPolicy", away, object{"bucketName": "ledger", "bucketPolicy": json.RawMessage(`{"Version":"2012-10-17","Statement":[{"Sid":"own","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + away + `:role/app"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::ledger/*"},{"Sid":"out","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + outside + `:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::ledger/*"}]}`)}, nil)
	l.add(41, user(away, "legacy", legacy), "iam", "CreateRole", away, object{"roleName": "support", "assumeRolePolicyDocument": trust("arn:aws:iam::" + outside + ":root")}, object{"role": object{"roleName": "support", "roleId": "AROAsupport", "arn": "arn:aws:iam::" + away + ":role/support"}})
	l.assume(50, stranger(outside, "AIDAOUTSIDE"), away, "support", "x", support)
	l.add(52, session(away, "support", "x", support, 50), "iam", "PutRolePolicy", away, object{"roleName": "app", "policyName": "extra", "policyDocument": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}`}, nil)
}

// innocent is what others do meanwhile, with the same roles too.
func (l *log) innocent() {
	l.add(1, session(home, "deploy", "pipeline", nightly, 0), "s3", "PutBucketPolicy", away, object{"bucketName": "ledger", "bucketPolicy": json.RawMessage(`{"Version":"2012-10-17","Statement":[{"Sid":"own","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + away + `:role/app"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::ledger/*"}]}`)}, nil)
	l.assume(10, user(home, "bob", bobKey), home, "ops", "bob", bobOps)
	l.add(12, session(home, "ops", "bob", bobOps, 10), "lambda", "UpdateFunctionConfiguration20150331v2", home, object{"functionName": "billing", "timeout": 60}, object{"functionName": "billing", "functionArn": "arn:aws:lambda:us-east-1:" + home + ":function:billing", "role": "arn:aws:iam::" + home + ":role/billing"})
	l.add(16, session(home, "ops", "bob", bobOps, 10), "iam", "CreateUser", home, object{"userName": "dora"}, object{"user": object{"userName": "dora", "userId": "AIDAdora", "arn": "arn:aws:iam::" + home + ":user/dora"}})
	l.add(25, session(away, "AWSReservedSSO_Admin_0011223344556677", "alice", alice, 3), "events", "PutRule", away, object{"name": "cleanup", "scheduleExpression": "rate(1 day)", "state": "ENABLED"}, object{"ruleArn": "arn:aws:events:us-east-1:" + away + ":rule/cleanup"})
	l.add(33, session(away, "relay-role", "metrics", nightly, 28), "sns", "Subscribe", away, object{"topicArn": "arn:aws:sns:us-east-1:" + away + ":ops", "protocol": "email", "endpoint": "ops@example.com"}, object{"subscriptionArn": "arn:aws:sns:us-east-1:" + away + ":ops:11"})
}

// write spreads the records over files: in which order and how often is up to r.
func (l *log) write(t testing.TB, r *rand.Rand) string {
	t.Helper()
	dir := t.TempDir()
	order := r.Perm(len(l.records))
	for n := 0; len(order) > 0; n++ {
		take := min(len(order), 1+r.IntN(5))
		var list []object
		for _, i := range order[:take] {
			list = append(list, l.records[i])
			if r.IntN(4) == 0 {
				list = append(list, l.records[r.IntN(len(l.records))]) // delivered twice
			}
		}
		order = order[take:]
		b, err := json.Marshal(object{"Records": list})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d.json", r.IntN(1000)*1000+n)), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A read is a log that was read.
type read struct {
	cat    *catalog.Catalog
	env    *expr.Env
	report *finding.Report
	graph  *relate.Graph
}

var now = time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)

func (l *log) read(t testing.TB, seed uint64, seek string, o *org.Org) *read {
	t.Helper()
	cat, env := catalogtest.Open(t)
	dir := l.write(t, rand.New(rand.NewPCG(seed, 1)))
	r, g, err := hunt.Trace(t.Context(), []source.Source{source.Files(dir)}, hunt.Options{Catalog: cat, Env: env, Org: o, Seek: seek, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return &read{cat, env, r, g}
}

func (r *read) follow(t testing.TB, seed string) (*relate.Clue, *relate.Closure) {
	t.Helper()
	clue, err := r.graph.Clue(seed, r.report)
	if err != nil {
		t.Fatal(err)
	}
	return clue, r.graph.Whole(clue.Units, relate.Suspects(r.report.Findings))
}

func (r *read) plan(t testing.TB, seed string, responders ...string) (*finding.Eviction, *relate.Closure) {
	t.Helper()
	clue, c := r.follow(t, seed)
	p, err := evict.Plan(r.graph, clue, c, evict.Options{Catalog: r.cat, Env: r.env, Findings: r.report.Findings, Responders: responders, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return p, c
}
