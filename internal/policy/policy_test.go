package policy

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"oust/internal/event"
)

// entrants describes whom a policy lets in, in one line each.
func entrants(t *testing.T, text string) string {
	t.Helper()
	d, err := Parse(text)
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	var out []string
	for _, e := range d.Trust() {
		s := e.Kind
		for _, part := range []struct {
			is   bool
			name string
		}{{e.Account != "", e.Account}, {e.Org != "", e.Org}, {e.Anyone, "anyone"}, {e.Narrowed, "narrowed"}, {len(e.Within) > 0, "within=" + strings.Join(e.Within, "|")}, {len(e.ExternalID) > 0, "external-id"},
			{len(e.Subject) > 0, "sub=" + strings.Join(e.Subject, "|")}, {len(e.Audience) > 0, "aud=" + strings.Join(e.Audience, "|")}} {
			if part.is {
				s += " " + part.name
			}
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

// role makes a trust policy of statements that allow sts:AssumeRole.
func role(statements ...string) string {
	for i, s := range statements {
		if !strings.Contains(s, `"Effect"`) {
			s = `"Effect":"Allow","Action":"sts:AssumeRole",` + s
		}
		statements[i] = "{" + s + "}"
	}
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

func TestTrust(t *testing.T) {
	f := func(name, text, want string) {
		t.Helper()
		if got := entrants(t, text); got != want {
			t.Errorf("%s:\n got  %s\n want %s", name, got, want)
		}
	}
	const out = `"Principal":{"AWS":"arn:aws:iam::999988887777:root"}`
	f("service", role(`"Principal":{"Service":"ec2.amazonaws.com"}`), "service")
	f("account root", role(out), "account 999988887777")
	f("bare account", role(`"Principal":{"AWS":"999988887777"}`), "account 999988887777")
	f("number", role(`"Principal":{"AWS":999988887777}`), "account 999988887777")
	f("role and user", role(`"Principal":{"AWS":["arn:aws:iam::999988887777:role/x","arn:aws-cn:iam::999988887777:user/a/b"]}`), "role 999988887777; user 999988887777")
	f("session", role(`"Principal":{"AWS":"arn:aws:sts::999988887777:assumed-role/x/y"}`), "session 999988887777")
	f("unique id", role(`"Principal":{"AWS":"AIDAEXAMPLE"}`), "unique")
	f("star", role(`"Principal":"*"`), "anyone anyone")
	f("star in AWS", role(`"Principal":{"AWS":"*"}`), "anyone anyone")
	f("star in a list", role(`"Principal":{"AWS":["111122223333","*"]}`), "account 111122223333; anyone anyone")
	f("star account", role(`"Principal":{"AWS":"arn:aws:iam::*:root"}`), "anyone anyone")
	f("all but", role(`"NotPrincipal":{"AWS":"arn:aws:iam::111122223333:root"}`), "anyone anyone")
	f("deny only", role(`"Effect":"Deny","Action":"sts:AssumeRole","Principal":"*"`), "")
	f("denied again", role(out, `"Effect":"Deny","Action":"sts:*","Principal":{"AWS":"999988887777"}`), "")
	f("deny with a condition that is not understood", role(out, `"Effect":"Deny","Action":"sts:*","Principal":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}`), "account 999988887777")
	f("deny outside our account", role(`"Principal":"*"`, `"Effect":"Deny","Action":"sts:AssumeRole","Principal":"*","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}}`), "account 111122223333 narrowed")
	f("deny outside our account, another let in", role(out, `"Effect":"Deny","Action":"sts:AssumeRole","Principal":"*","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}}`), "")
	f("action that does not matter", role(`"Effect":"Allow","Action":"sts:TagSession","Principal":"*"`), "")
	f("organization", role(`"Principal":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`), "organization o-1 narrowed")
	f("organization path", role(`"Principal":"*","Condition":{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":["o-1/r-1/ou-1/*"]}}`), "organization o-1 narrowed")
	f("account by condition", role(`"Principal":"*","Condition":{"StringEquals":{"AWS:PrincipalAccount":["111122223333","999988887777"]}}`), "account 111122223333 narrowed; account 999988887777 narrowed")
	f("role by condition", role(`"Principal":{"AWS":"*"},"Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::999988887777:role/x*"}}`), "account 999988887777 narrowed")
	f("role in any account by condition", role(`"Principal":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/x"}}`), "anyone anyone")
	f("roles, one of them in any account", role(`"Principal":"*","Condition":{"ArnLike":{"aws:PrincipalArn":["arn:aws:iam::111122223333:role/x","arn:aws:iam::????????????:role/x"]}}`), "anyone anyone")
	f("two statements for one principal", role(`"Principal":"*","Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, `"Principal":"*"`), "anyone anyone narrowed; anyone anyone")
	f("two organizations", role(`"Principal":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":["o-1","o-2"]}}`), "organization o-1 narrowed; organization o-2 narrowed")
	f("organization pattern", role(`"Principal":"*","Condition":{"StringLike":{"aws:PrincipalOrgID":"?-??????????"}}`), "anyone anyone")
	f("deny all but", role(`"Principal":"*"`, `"Effect":"Deny","Action":"sts:AssumeRole","NotPrincipal":{"AWS":"111122223333"}`), "account 111122223333")
	f("deny outside the organization, another let in", role(out, `"Effect":"Deny","Action":"sts:AssumeRole","Principal":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}`), "account 999988887777 narrowed within=o-1")
	f("deny outside two things", role(`"Principal":"*"`, `"Effect":"Deny","Action":"sts:AssumeRole","Principal":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1","aws:PrincipalAccount":"111122223333"}}`), "organization o-1 narrowed; account 111122223333 narrowed")
	f("service for another account", role(`"Principal":{"Service":"s3.amazonaws.com"},"Condition":{"StringEquals":{"aws:SourceAccount":"999988887777"}}`), "service 999988887777 narrowed")
	f("everything but assuming", role(`"Effect":"Allow","NotAction":"sts:AssumeRole","Principal":{"AWS":"999988887777"}`), "")
	for name, c := range map[string]string{
		"star value": `"StringLike":{"aws:PrincipalOrgID":"*"}`, "if exists": `"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}`,
		"for all": `"ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-1"}`, "negated": `"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}`,
		"no service": `"Bool":{"aws:PrincipalIsAWSService":"false"}`, "user ids": `"StringLike":{"aws:userid":"AROA*"}`, "user name": `"StringEquals":{"aws:username":"ana"}`,
		"networks": `"StringLike":{"aws:SourceVpc":"vpc-*"}`, "two halves": `"IpAddress":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/1"]}`,
		"mfa": `"Bool":{"aws:MultiFactorAuthPresent":"true"}`, "everywhere": `"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}`, "agent": `"StringEquals":{"aws:UserAgent":"x"}`,
	} {
		f("weak condition: "+name, role(`"Principal":"*","Condition":{`+c+`}`), "anyone anyone")
	}
	f("network", role(`"Principal":"*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`), "anyone anyone narrowed")
	f("external id", role(out+`,"Condition":{"StringEquals":{"sts:ExternalId":"e"}}`), "account 999988887777 external-id")
	const github = `"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}`
	f("token without conditions", role(github), "oidc 111122223333")
	f("token with subject", role(github+`,"Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"},"StringLike":{"token.actions.githubusercontent.com:sub":"repo:acme/app:*"}}`), "oidc 111122223333 narrowed sub=repo:acme/app:* aud=sts.amazonaws.com")
	f("token of every repository", role(github+`,"Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:*"}}`), "oidc 111122223333")
	f("token of every owner", role(github+`,"Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:*/app:ref:refs/heads/main"}}`), "oidc 111122223333")
	for _, open := range []string{"r*", "repo*", "*:*", "*/*", "*:ref:refs/heads/main", "repo:our*", "project_path:grp*", "system:serviceaccount:*"} {
		f("token of anybody: "+open, role(github+`,"Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"`+open+`"}}`), "oidc 111122223333")
	}
	f("token by repository", role(github+`,"Condition":{"StringEquals":{"token.actions.githubusercontent.com:repository":"acme/app"}}`), "oidc 111122223333 narrowed sub=repo:acme/app:*")
	f("token by owner", role(github+`,"Condition":{"StringLike":{"token.actions.githubusercontent.com:repository":"acme/*","token.actions.githubusercontent.com:repository_owner_id":"12345"}}`), "oidc 111122223333 narrowed sub=repo:acme/*:*|repository_owner_id:12345")
	f("token by open repository", role(github+`,"Condition":{"StringLike":{"token.actions.githubusercontent.com:repository":"*/app"}}`), "oidc 111122223333")
	f("token by workflow, which anybody may call", role(github+`,"Condition":{"StringEquals":{"token.actions.githubusercontent.com:job_workflow_ref":"acme/app/.github/workflows/x.yml@refs/heads/main"}}`), "oidc 111122223333")
	f("token of ours or anybody", role(github+`,"Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":["repo:acme/app:*","repo:*"]}}`), "oidc 111122223333")
	f("built-in provider", role(`"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{"Federated":"accounts.google.com"},"Condition":{"StringEquals":{"accounts.google.com:aud":"x"}}`), "oidc aud=x")
	f("saml", role(`"Effect":"Allow","Action":"sts:AssumeRoleWithSAML","Principal":{"Federated":"arn:aws:iam::111122223333:saml-provider/idp"},"Condition":{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}}`), "saml 111122223333 aud=https://signin.aws.amazon.com/saml")
	f("bucket", `{"Statement":{"Effect":"Allow","Principal":{"CanonicalUser":"79a5"},"Action":"s3:GetObject","Resource":"*"}}`, "canonical")
	f("bucket, source account", `{"Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}]}`, "service 111122223333 narrowed")
	f("queue, source topic", `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"*","Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:us-east-1:111122223333:t"}}}]}`, "account 111122223333 narrowed")
	f("queue, source bucket", `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:*:*:b"}}}]}`, "anyone anyone narrowed")
	f("one statement", `{"Sid":"x","Effect":"Allow","Principal":{"AWS":"999988887777"},"Action":"lambda:InvokeFunction","Resource":"*"}`, "account 999988887777")
	f("lower-cased keys", `{"statement":[{"effect":"Allow","principal":{"aws":"999988887777"},"action":"s3:*"}]}`, "account 999988887777")
	f("nothing", `{}`, "")
}

func TestDecode(t *testing.T) {
	text := role(`"Principal":{"AWS":"999988887777"}`)
	f := func(name, raw string) {
		t.Helper()
		v, ok := event.Parse([]byte(raw))
		if !ok {
			t.Fatalf("%s: bad test", name)
		}
		d, err := Decode(v)
		if err != nil || len(d.Statements) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
	f("object", text)
	f("string", fmt.Sprintf("%q", text))
	f("URL-encoded", fmt.Sprintf("%q", url.QueryEscape(text)))
	f("string in a string", fmt.Sprintf("%q", fmt.Sprintf("%q", text)))
	f("padded", fmt.Sprintf("%q", "\n\t "+text+"  "))
	for _, bad := range []string{`"hello"`, `"{broken"`, `"%zz"`, `[]`, `5`, `""`} {
		if d, err := Decode(event.Wrap([]byte(bad), false)); err == nil {
			t.Errorf("%s: decoded to %v", bad, d)
		}
	}
}

func TestIdentityPolicy(t *testing.T) {
	f := func(statement string, admin bool, returns string) {
		t.Helper()
		d, err := Parse(`{"Statement":[{` + statement + `}]}`)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(d.Returns(), " "); d.Admin() != admin || returns != "…" && got != returns {
			t.Errorf("%s: admin %t, returns %q", statement, d.Admin(), got)
		}
	}
	f(`"Effect":"Allow","Action":"*","Resource":"*"`, true, "…")
	f(`"Effect":"Allow","Action":["s3:GetObject","*"],"Resource":["*"]`, true, "…")
	f(`"Effect":"Allow","NotAction":"iam:DeleteUser","Resource":"*"`, true, "…")
	f(`"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}`, true, "…")
	f(`"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/x":"y"}}`, false, "…")
	f(`"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*"`, false, "")
	f(`"Effect":"Allow","NotAction":"iam:*","Resource":"*"`, false, "rolesanywhere:CreateTrustAnchor sso:CreateAccountAssignment sts:AssumeRole")
	f(`"Effect":"Allow","NotAction":"*","Resource":"*"`, false, "")
	f(`"Effect":"Allow","Action":"*","NotResource":"*"`, false, "")
	f(`"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::111122223333:role/?*"`, false, "iam:PassRole")
	f(`"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::data/*"`, false, "")
	f(`"Effect":"Deny","Action":"*","Resource":"*"`, false, "")
	f(`"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/*"`, false, "")
	f(`"Effect":"Allow","Action":"iam:PassRole","Resource":"*"`, false, "iam:PassRole")
	f(`"Effect":"Allow","Action":"IAM:Create*","Resource":"*"`, false, "iam:CreateAccessKey iam:CreateLoginProfile iam:CreateOpenIDConnectProvider iam:CreatePolicyVersion iam:CreateRole iam:CreateSAMLProvider iam:CreateServiceSpecificCredential iam:CreateUser")
	f(`"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"arn:aws:iam::111122223333:user/${aws:username}"`, false, "")
	f(`"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::*:role/*"`, false, "sts:AssumeRole")
	f(`"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::111122223333:role/app"`, false, "")
	f(`"Effect":"Allow","Action":"logs:PutLogEvents","Resource":"*"`, false, "")
}

func TestNormal(t *testing.T) {
	a, _ := Parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["b","a"],"Principal":{"AWS":["1"]}}]}`)
	b, _ := Parse(`{"Statement":{"Principal":{"AWS":"1"},"Action":["a","b"],"Effect":"Allow"},
		"Version":"2012-10-17"}`)
	c, _ := Parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["b"],"Principal":{"AWS":["1"]}}]}`)
	if a.Normal() != b.Normal() || a.Normal() == c.Normal() {
		t.Errorf("%s\n%s\n%s", a.Normal(), b.Normal(), c.Normal())
	}
}

func TestSAML(t *testing.T) {
	m, err := DecodeSAML(`<?xml version="1.0" encoding="windows-1252"?><md:EntityDescriptor xmlns:md="x" entityID="https://idp.example.com/a"><md:IDPSSODescriptor><ds:X509Certificate>aGVs
bG8=</ds:X509Certificate></md:IDPSSODescriptor></md:EntityDescriptor>`)
	if err != nil || m.EntityID != "https://idp.example.com/a" || len(m.Certificates) != 1 || m.Certificates[0] != "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" {
		t.Errorf("%+v, %v", m, err)
	}
	for _, bad := range []string{"", "hello", "<a/>", "<EntityDescriptor"} {
		if m, err := DecodeSAML(bad); err == nil {
			t.Errorf("%q: %+v", bad, m)
		}
	}
}

func FuzzPolicy(f *testing.F) {
	f.Add(role(`"Principal":{"AWS":"999988887777"}`))
	f.Add(`{"Statement":{"Effect":"Deny","NotPrincipal":"*","NotAction":"*","Condition":{"a":{"b":["c",5,{}]}}}}`)
	f.Fuzz(func(t *testing.T, s string) {
		d, err := DecodeText(s)
		if err != nil {
			return
		}
		d.Trust()
		d.Admin()
		d.Returns()
		d.Actions()
		d.Normal()
	})
}

func FuzzSAML(f *testing.F) {
	f.Add(`<EntityDescriptor entityID="x"><X509Certificate>aGVsbG8=</X509Certificate></EntityDescriptor>`)
	f.Fuzz(func(t *testing.T, s string) { DecodeSAML(s) })
}
