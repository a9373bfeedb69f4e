// Package trail makes trees of delivered CloudTrail logs, for benchmarks, scenarios and tests.
//
// It follows the statistics of real trails: about 1.3 KB a record, 97 % reads, three quarters role sessions,
// a quarter cloud services, files of five minutes, one record in five out of order, a few delivered twice.
// The same options give the same bytes.
package trail

import (
	"fmt"
	"math/rand/v2"
)

// A world is the fixed population of one account.
type world struct {
	account   string
	regions   []string
	team      string
	people    []*caller
	nodes     []*caller
	functions []*caller
	pipeline  *caller
	users     []*caller
	buckets   []string
	instances []string
	roles     []string
	keys      []string
	secrets   []string
}

// A caller is one identity that makes events.
type caller struct {
	kind    string // node function person pipeline user
	role    string
	session string
	unique  string
	key     string // users only
	address string
	agent   string
}

var teams = []string{"payments", "search", "billing", "data", "platform", "mobile", "checkout", "inventory"}

func newWorld(seed uint64, index int) *world {
	r := rand.New(rand.NewPCG(seed, uint64(index)+1000))
	w := &world{
		account: fmt.Sprintf("%012d", 111_122_223_333+index*111_111_111),
		regions: []string{"us-east-1", "eu-west-1", "us-west-2"},
		team:    teams[index%len(teams)],
	}
	for _, name := range []string{"logs", "assets", "data", "backup"} {
		w.buckets = append(w.buckets, fmt.Sprintf("%s-%s-%s", w.team, name, hex(r, 6)))
	}
	for _, name := range []string{"node", "lambda", "deploy", "readonly", "batch"} {
		w.roles = append(w.roles, w.team+"-"+name)
	}
	for range 30 {
		w.instances = append(w.instances, "i-0"+hex(r, 16))
	}
	for range 5 {
		w.keys = append(w.keys, uuid(r))
		w.secrets = append(w.secrets, fmt.Sprintf("%s/%s-%s", w.team, pick(r, "db", "api", "smtp"), hex(r, 6)))
	}
	w.populate(r)
	return w
}

func (w *world) populate(r *rand.Rand) {
	cloud := func() string { return fmt.Sprintf("203.0.113.%d", 1+r.IntN(254)) }
	for i := range 10 {
		w.nodes = append(w.nodes, &caller{kind: "node", role: w.roles[0], session: w.instances[i], unique: "AROA" + upper(r, 17), address: cloud(),
			agent: fmt.Sprintf("aws-sdk-go-v2/1.3%d.%d os/linux lang/go#1.22.%d md/GOOS#linux md/GOARCH#amd64 api/ssm#1.5%d.1", r.IntN(9), r.IntN(9), r.IntN(9), r.IntN(9))})
	}
	for _, f := range []string{"api", "worker", "resize", "notify", "etl"} {
		w.functions = append(w.functions, &caller{kind: "function", role: w.roles[1], session: w.team + "-" + f, unique: "AROA" + upper(r, 17), address: cloud(),
			agent: fmt.Sprintf("Boto3/1.34.%d md/Botocore#1.34.%d ua/2.0 os/linux#5.10 md/arch#x86_64 lang/python#3.11.6 exec-env/AWS_Lambda_python3.11", r.IntN(90), r.IntN(90))})
	}
	permissions := "AWSReservedSSO_PowerUser_" + hex(r, 16)
	shared := "AROA" + upper(r, 17)
	for _, name := range []string{"ana", "ben", "chloe", "dev", "eli", "fay"} {
		w.people = append(w.people, &caller{kind: "person", role: permissions, session: name + "@example.com", unique: shared,
			address: fmt.Sprintf("192.0.2.%d", 1+r.IntN(20)),
			agent:   pick(r, "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0", "aws-cli/2.17.9 md/awscrt#0.20.11 ua/2.0 os/macos#23.5.0 lang/python#3.11.8 cfg/retry-mode#standard")})
	}
	w.pipeline = &caller{kind: "pipeline", role: "github-deploy", session: "GitHubActions", unique: "AROA" + upper(r, 17), address: cloud(),
		agent: "APN/1.0 HashiCorp/1.0 Terraform/1.8.2 (+https://www.terraform.io) terraform-provider-aws/5.48.0 aws-sdk-go-v2/1.26.1 os/linux lang/go#1.22.1"}
	for _, name := range []string{"svc-backup", "svc-metrics"} {
		w.users = append(w.users, &caller{kind: "user", role: name, unique: "AIDA" + upper(r, 17), key: "AKIA" + upper(r, 16), address: cloud(),
			agent: "aws-cli/1.32.84 md/Botocore#1.34.84 ua/2.0 os/linux#6.1 md/arch#x86_64 lang/python#3.9.16"})
	}
}

// identity renders userIdentity. Role sessions get a new key every hour.
func (w *world) identity(c *caller, t int64) string {
	if c.kind == "user" {
		return fmt.Sprintf(`{"type":"IAMUser","principalId":"%s","arn":"arn:aws:iam::%s:user/%s","accountId":"%s","accessKeyId":"%s","userName":"%s"}`,
			c.unique, w.account, c.role, w.account, c.key, c.role)
	}
	hour := uint64(t / 3600)
	r := rand.New(rand.NewPCG(hour, uint64(len(c.session))<<32|uint64(c.unique[7])<<8|uint64(c.session[len(c.session)-1])))
	path, federated, mfa := "", "{}", "false"
	switch c.kind {
	case "person":
		path, mfa = "aws-reserved/sso.amazonaws.com/", "true"
	case "pipeline":
		federated = fmt.Sprintf(`{"federatedProvider":"arn:aws:iam::%s:oidc-provider/token.actions.githubusercontent.com","attributes":{}}`, w.account)
	}
	delivery := ""
	if c.kind == "node" {
		delivery = `,"ec2RoleDelivery":"2.0"`
	}
	return fmt.Sprintf(`{"type":"AssumedRole","principalId":"%[1]s:%[2]s","arn":"arn:aws:sts::%[3]s:assumed-role/%[4]s/%[2]s","accountId":"%[3]s","accessKeyId":"ASIA%[5]s",`+
		`"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"%[1]s","arn":"arn:aws:iam::%[3]s:role/%[6]s%[4]s","accountId":"%[3]s","userName":"%[4]s"},`+
		`"webIdFederationData":%[7]s,"attributes":{"creationDate":"%[8]s","mfaAuthenticated":"%[9]s"}%[10]s}}`,
		c.unique, c.session, w.account, c.role, upper(r, 16), path, federated, iso(int64(hour)*3600+int64(r.IntN(300))), mfa, delivery)
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

func letters(r *rand.Rand, n int, of string) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = of[r.IntN(len(of))]
	}
	return string(b)
}

func hex(r *rand.Rand, n int) string   { return letters(r, n, "0123456789abcdef") }
func upper(r *rand.Rand, n int) string { return letters(r, n, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") }

func uuid(r *rand.Rand) string {
	a, b := r.Uint64(), r.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, 0x8000|b>>50, b&(1<<48-1))
}
