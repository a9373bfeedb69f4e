package cloudtrail

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"oust/internal/event"
)

const one = `{"eventVersion":"1.09","userIdentity":{"type":"IAMUser","principalId":"AIDA1","arn":"arn:aws:iam::111122223333:user/ana","accountId":"111122223333","accessKeyId":"AKIA1","userName":"ana"},"eventTime":"2026-03-02T03:11:09Z","eventSource":"iam.amazonaws.com","eventName":"CreateAccessKey","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.23","userAgent":"a \"quoted\" agent \\","requestParameters":{"userName":"eventName"},"responseElements":{"accessKey":{"accessKeyId":"AKIA2","eventName":"not this one"}},"eventID":"e-1","recipientAccountId":"111122223333","eventCategory":"Management"}`

func other(id string) string {
	return strings.NewReplacer(`"eventID":"e-1"`, `"eventID":"`+id+`"`, "CreateAccessKey", "DeleteAccessKey").Replace(one)
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func lowered(s string) string {
	s = strings.NewReplacer("eventVersion", "eventversion", "userIdentity", "useridentity", "principalId", "principalid", "accountId", "accountid",
		"accessKeyId", "accesskeyid", "userName", "username", "eventTime", "eventtime", "eventSource", "eventsource", "eventName", "eventname",
		"awsRegion", "awsregion", "sourceIPAddress", "sourceipaddress", "userAgent", "useragent", "requestParameters", "requestparameters",
		"responseElements", "responseelements", "eventID", "eventid", "recipientAccountId", "recipientaccountid", "eventCategory", "eventcategory", "accessKey", "accesskey").Replace(s)
	return s
}

func packed(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(s))
	w.Close()
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// carriers are the forms in which the same record arrives.
var carriers = map[string]string{
	"log file":             `{"Records":[` + one + `]}`,
	"pretty log file":      "{\n  \"Records\": [\n    " + strings.ReplaceAll(one, `,"`, ",\n      \"") + "\n  ]\n}\n",
	"lines":                one + "\n",
	"lines with CRLF":      one + "\r\n",
	"byte order mark":      "\xef\xbb\xbf" + one,
	"pretty object":        strings.ReplaceAll(one, `,"`, ",\n  \""),
	"array":                `[` + one + `]`,
	"array of strings":     `[` + quoted(one) + `]`,
	"lookup-events":        `{"Events":[{"EventId":"e-1","EventName":"CreateAccessKey","ReadOnly":"false","EventTime":"2026-03-02T04:11:09+01:00","Resources":[{"ResourceType":"AWS::IAM::User"}],"CloudTrailEvent":` + quoted(one) + `}],"NextToken":"x"}`,
	"lookup-events, token": `{"NextToken":"x","Events":[{"CloudTrailEvent":` + quoted(one) + `}]}`,
	"lookup-events lines":  `{"EventId":"e-1","CloudTrailEvent":` + quoted(one) + `}`,
	"event bus":            `{"version":"0","id":"x","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","account":"111122223333","time":"2026-03-02T03:11:09Z","region":"us-east-1","resources":[],"detail":` + one + `}`,
	"event bus in a queue": `{"Messages":1,"body":` + quoted(`{"detail":`+one+`}`) + `}`,
	"notification":         `{"Type":"Notification","Message":` + quoted(`{"Records":[`+one+`]}`) + `}`,
	"filter-log-events":    `{"events":[{"logStreamName":"s","timestamp":1,"message":` + quoted(one) + `,"ingestionTime":2,"eventId":"3"}],"searchedLogStreams":[]}`,
	"log subscription":     `{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"g","logStream":"s","subscriptionFilters":["f"],"logEvents":[{"id":"1","timestamp":1,"message":` + quoted(one) + `}]}`,
	"packed subscription":  `{"awslogs":{"data":"` + packed(`{"messageType":"DATA_MESSAGE","logEvents":[{"id":"1","timestamp":1,"message":`+quoted(one)+`}]}`) + `"}}`,
	"insights query":       `{"results":[[{"field":"@timestamp","value":"2026-03-02 03:11:09.000"},{"field":"@message","value":` + quoted(one) + `}]],"status":"Complete"}`,
	"lake, whole event":    `{"QueryResultRows":[[{"eventJson":` + quoted(one) + `}]],"QueryStatus":"FINISHED"}`,
	"lake, columns":        `{"QueryResultRows":[[{"eventID":"e-1"},{"eventTime":"2026-03-02 03:11:09.000"},{"eventSource":"iam.amazonaws.com"},{"eventName":"CreateAccessKey"},{"awsRegion":"us-east-1"},{"sourceIPAddress":"198.51.100.23"},{"recipientAccountId":"111122223333"},{"userIdentity":"{type=IAMUser, principalid=AIDA1, arn=arn:aws:iam::111122223333:user/ana, accountid=111122223333, accesskeyid=AKIA1, username=ana, sessioncontext=null}"},{"requestParameters":"{userName=eventName}"},{"responseElements":"{accessKey={\"accessKeyId\":\"AKIA2\"}}"}]]}`,
	"lower-cased":          lowered(one),
	"search export":        `{"_index":"i","_source":` + one + `}`,
	"index export":         `{"preview":false,"result":{"_raw":` + quoted(one) + `}}`,
}

func scan(s string, window int) (*Scanner, []*event.Event) {
	var d Decoder
	var out []*event.Event
	sc := &Scanner{}
	sc.Emit = func(r *Record) { out = append(out, d.Event(r, event.Origin{Path: "x", Record: len(out) + 1})) }
	feed(sc, []byte(s), window)
	return sc, out
}

// feed hands b to the scanner in windows of n bytes; 0 means all at once.
func feed(sc *Scanner, b []byte, n int) {
	if n == 0 {
		sc.Scan(b, true)
		return
	}
	for start, end := 0, 0; ; {
		end = min(end+n, len(b))
		used := sc.Scan(b[start:end], end == len(b))
		start += used
		if used == 0 && end-start > 1000 {
			n *= 2 // as a reader does for a long record
		}
		if end == len(b) {
			return
		}
	}
}

func TestCarriers(t *testing.T) {
	for name, text := range carriers {
		for _, window := range []int{0, 1, 7, 100, 4096} {
			sc, events := scan(text, window)
			if len(events) != 1 || len(sc.Undecodable) != 0 || sc.Unsupported != 0 {
				t.Errorf("%s in windows of %d: %d events, undecodable %v, unsupported %d", name, window, len(events), sc.Undecodable, sc.Unsupported)
				continue
			}
			e := events[0]
			got := fmt.Sprint(e.ID, " ", e.Time.Unix(), " ", e.Service, " ", e.Name, " ", e.Account, " ", e.Region, " ", e.Actor.Type, " ", e.Actor.Name, " ", e.Actor.Credential, " ", e.Actor.Address)
			if want := "e-1 1772421069 iam.amazonaws.com CreateAccessKey 111122223333 us-east-1 IAMUser ana AKIA1 198.51.100.23"; got != want {
				t.Errorf("%s: got %s", name, got)
			}
			if user := e.Raw.Path("requestParameters", "userName").Str(); !strings.EqualFold(user, "eventName") {
				t.Errorf("%s: requestParameters.userName is %q", name, user)
			}
		}
	}
}

func TestTable(t *testing.T) {
	head := "eventid,eventtime,eventsource,eventname,awsregion,sourceipaddress,recipientaccountid,useridentity,requestparameters\n"
	row := `e-1,2026-03-02T03:11:09Z,iam.amazonaws.com,CreateAccessKey,us-east-1,198.51.100.23,111122223333,"{type=IAMUser, principalid=AIDA1, arn=arn:aws:iam::111122223333:user/ana, accountid=111122223333, accesskeyid=AKIA1, username=ana}","{""userName"":""bob""}"` + "\n"
	if !IsTable([]byte(head)) {
		t.Fatal("the head of a table is not recognised")
	}
	var events []*event.Event
	var d Decoder
	sc := &Scanner{Emit: func(r *Record) { events = append(events, d.Event(r, event.Origin{})) }}
	sc.Table([]byte(head + row + row))
	if len(events) != 2 || events[0].Actor.Credential != "AKIA1" || events[0].Raw.Path("requestParameters", "userName").Str() != "bob" {
		t.Errorf("got %d events, undecodable %v", len(events), sc.Undecodable)
	}
}

func TestBrokenInput(t *testing.T) {
	deep := strings.Repeat(`{"a":[`, 100_000)
	f := func(name, text string, events, undecodable, unsupported int) {
		t.Helper()
		for _, window := range []int{0, 13, 1000} {
			sc, got := scan(text, window)
			n := 0
			for _, k := range sc.Undecodable {
				n += k
			}
			if len(got) != events || n != undecodable || sc.Unsupported != unsupported {
				t.Errorf("%s in windows of %d: %d events, undecodable %v, unsupported %d", name, window, len(got), sc.Undecodable, sc.Unsupported)
			}
		}
	}
	f("nothing", "", 0, 0, 0)
	f("cut log file", `{"Records":[`+one+`,`+other("e-2")[:200], 1, 1, 0)
	f("cut between records", `{"Records":[`+one+`,`, 1, 1, 0)
	f("cut line in the middle", one+"\n"+one[:300]+"\n"+other("e-2")+"\n", 2, 1, 0)
	f("cut inside a nested value", one+"\n"+one[:strings.Index(one, `"eventName"}`)]+"\n"+other("e-2")+"\n", 2, 1, 0)
	f("garbage lines", "hello\n"+one+"\nworld: {\n"+other("e-2")+"\n", 2, 2, 0)
	f("NUL bytes", "\x00\x00"+one+"\x00\n", 1, 0, 0)
	f("wrong types", `{"eventName":5,"eventSource":{},"eventID":[],"userIdentity":"x"}`, 0, 0, 1)
	f("wrong types around a name", `{"eventName":"A","eventSource":"b","eventID":7,"userIdentity":[1],"eventTime":{},"requestParameters":"x"}`, 1, 0, 0)
	f("broken record in a list", `{"Records":[`+one+`,{"eventVersion":"1.09","eventTime" "x"},`+other("e-2")+`,`+other("e-3")+`]}`, 3, 1, 0)
	f("deep nesting", deep, 0, 1, 0)
	f("deep nesting in a line", deep+"\n"+one+"\n", 1, 1, 0)
	f("other JSON", `{"kind":"pod"}`+"\n"+one, 1, 0, 1)
	f("envelopes in envelopes", strings.Repeat(`{"detail":`, 9)+one+strings.Repeat("}", 9), 0, 1, 0)
	f("invalid UTF-8", strings.Replace(one, "ana", "a\xffna", 1), 1, 0, 0)
}

func TestDigestAndInsight(t *testing.T) {
	digest := `{"awsAccountId":"111122223333","digestStartTime":"2026-03-02T03:00:00Z","digestEndTime":"2026-03-02T04:00:00Z","digestS3Bucket":"b","logFiles":[{"s3Bucket":"b","s3Object":"o","hashValue":"x"}]}`
	insight := strings.Replace(one, `"eventCategory":"Management"`, `"eventCategory":"Insight","insightDetails":{}`, 1)
	var digests []string
	sc := &Scanner{Emit: func(*Record) { t.Error("emitted as an event") }, Digest: func(b []byte) { digests = append(digests, string(b)) }}
	sc.Scan([]byte(digest+"\n"+insight), true)
	if len(digests) != 1 || digests[0] != digest || sc.Insights != 1 || sc.Unsupported != 0 {
		t.Errorf("digests %d, insights %d, unsupported %d", len(digests), sc.Insights, sc.Unsupported)
	}
}

// TestLongRecord passes over a record that is too long to be held, and goes on behind it.
func TestLongRecord(t *testing.T) {
	long := `{"eventName":"A","x":"` + strings.Repeat(`[{\"`, MaxRecord/2) + `"}`
	sc, events := scan(long+"\n"+one+"\n", 1<<20)
	if len(events) != 1 || sc.Undecodable[TooLong] != 1 {
		t.Errorf("%d events, undecodable %v", len(events), sc.Undecodable)
	}
}

func TestCanonical(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := Canonical(in); got != want {
			t.Errorf("Canonical(%q) = %q, want %q", in, got, want)
		}
		if got := string(CanonicalBytes([]byte(in))); got != want {
			t.Errorf("CanonicalBytes(%q) = %q, want %q", in, got, want)
		}
	}
	f("CreateFunction20150331", "CreateFunction")
	f("UpdateFunctionCode20150331v2", "UpdateFunctionCode")
	f("CreateDistribution2020_05_31", "CreateDistribution")
	f("GetUser", "GetUser")
	f("DescribeV2", "DescribeV2")
	f("20150331", "20150331")
	f("v2", "v2")
}

func TestActors(t *testing.T) {
	f := func(identity, want string) {
		t.Helper()
		v, ok := event.Parse([]byte(identity))
		if !ok {
			t.Fatal("bad test")
		}
		a := decodeActor(v)
		got := fmt.Sprint(a.Principal, " ", a.Name, " ", a.Unique, " ", a.Account, " ", a.Credential, " ", a.Session, " ", a.Service)
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	f(`{"type":"AssumedRole","principalId":"AROA1:i-1","arn":"arn:aws:sts::111122223333:assumed-role/web/i-1","accountId":"111122223333","accessKeyId":"ASIA1","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA1","arn":"arn:aws:iam::111122223333:role/path/web","accountId":"111122223333","userName":"web"}}}`,
		"arn:aws:iam::111122223333:role/path/web web AROA1 111122223333 ASIA1 i-1 ")
	f(`{"type":"AssumedRole","principalId":"AROA1:s","arn":"arn:aws-cn:sts::111122223333:assumed-role/web/s","accountId":"111122223333"}`,
		"arn:aws-cn:iam::111122223333:role/web web AROA1 111122223333  s ")
	f(`{"type":"Root","principalId":"111122223333","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333","accessKeyId":""}`,
		"arn:aws:iam::111122223333:root root 111122223333 111122223333   ")
	f(`{"accountId":"111122223333","invokedBy":"kms.amazonaws.com"}`, "   111122223333   kms.amazonaws.com")
	f(`{"type":"AWSAccount","principalId":"AIDA2","accountId":"999988887777"}`, " AIDA2 AIDA2 999988887777   ")
}

func FuzzScan(f *testing.F) {
	for _, text := range carriers {
		f.Add([]byte(text), uint8(0))
		f.Add([]byte(text), uint8(5))
	}
	f.Fuzz(func(t *testing.T, b []byte, window uint8) {
		count := func(n int) (events int) {
			var d Decoder
			sc := &Scanner{}
			sc.Emit = func(r *Record) { events++; d.Event(r, event.Origin{}) }
			feed(sc, b, n)
			return events
		}
		if all, parts := count(0), count(int(window)); all != parts {
			t.Fatalf("%d events at once, %d in windows of %d", all, parts, window)
		}
	})
}

func FuzzTable(f *testing.F) {
	f.Add([]byte("eventname,eventsource,useridentity\nA,b,\"{type=IAMUser, x=[1, 2], y={a=b}}\"\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		sc := &Scanner{Emit: func(r *Record) { new(Decoder).Event(r, event.Origin{}) }}
		sc.Table(b)
	})
}
