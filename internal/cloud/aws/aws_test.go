package aws

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"oust/internal/decode/cloudtrail"
	"oust/internal/source"
)

// moto starts a server that speaks the AWS APIs and points the SDK at it.
// It comes from the project's own Python environment: make test installs it.
func moto(t *testing.T) {
	t.Helper()
	bin, err := filepath.Abs("../../../.venv/bin/moto_server")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(bin); err != nil {
		t.Fatalf("%v; run make test, which installs it", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	l.Close()
	cmd := exec.Command(bin, "-p", port)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	for range 300 {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			endpoint(t, "http://"+address)
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("moto does not answer")
}

func endpoint(t *testing.T, url string) {
	t.Setenv("AWS_ENDPOINT_URL", url)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_REGION", "eu-west-1")
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
}

// readAll reads every item of a source.
func readAll(t *testing.T, s source.Source) (content map[string]string, skipped []string, err error) {
	t.Helper()
	content = map[string]string{}
	err = s.Items(context.Background(), func(it source.Item) error {
		r, err := it.Open(context.Background())
		if err != nil {
			skipped = append(skipped, it.Path+": "+err.Error())
			return nil
		}
		defer r.Close()
		b, err := io.ReadAll(r)
		content[it.Path] = string(b)
		if err != nil {
			skipped = append(skipped, it.Path+": "+err.Error())
		}
		return nil
	}, func(path string, err error) { skipped = append(skipped, path+": "+err.Error()) })
	return content, skipped, err
}

func packed(s string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.Bytes()
}

func TestBucket(t *testing.T) {
	moto(t)
	cfg, err := load(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	client := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	if _, err := client.CreateBucket(context.Background(), &s3.CreateBucketInput{
		Bucket: aws.String("acme-trail"), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: "eu-west-1"},
	}); err != nil {
		t.Fatal(err)
	}
	put := func(key, body string, meta map[string]string) {
		t.Helper()
		if _, err := client.PutObject(context.Background(), &s3.PutObjectInput{
			Bucket: aws.String("acme-trail"), Key: &key, Body: bytes.NewReader(packed(body)), Metadata: meta}); err != nil {
			t.Fatal(err)
		}
	}
	const prefix = "AWSLogs/111122223333/CloudTrail/eu-west-1/"
	for i := range 1005 { // more than a page
		put(fmt.Sprintf("%s2026/03/02/%04d.json.gz", prefix, i), fmt.Sprint(i), nil)
	}
	put(prefix+"2026/01/02/old.json.gz", "old", nil)
	put("AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/03/02/d.json.gz", "digest", map[string]string{"signature": "beef"})
	put("other/x", "x", nil)

	b, err := ParseBucket("s3://acme-trail/AWSLogs/")
	if err != nil {
		t.Fatal(err)
	}
	b.Window.Since = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	content, skipped, err := readAll(t, b)
	if err != nil || len(skipped) > 0 || len(content) != 1006 {
		t.Fatalf("%d objects, skipped %v, %v", len(content), skipped, err)
	}
	const digest = "s3://acme-trail/AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/03/02/d.json.gz"
	if got := b.Signature(digest); got != "beef" {
		t.Errorf("signature %q", got)
	}
	if b, _ := ParseBucket("s3://nowhere/x"); b != nil {
		if _, _, err := readAll(t, b); err == nil || !strings.Contains(err.Error(), "s3://nowhere/x") {
			t.Errorf("a bucket that is not there: %v", err)
		}
	}
}

func TestLogGroup(t *testing.T) {
	moto(t)
	cfg, err := load(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, client := context.Background(), cloudwatchlogs.NewFromConfig(cfg)
	group, stream := aws.String("trail"), aws.String("s")
	if _, err := client.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: group}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.CreateLogStream(ctx, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: group, LogStreamName: stream}); err != nil {
		t.Fatal(err)
	}
	now := time.Now().Add(-time.Hour)
	var events []logstypes.InputLogEvent
	for i := range 120 {
		events = append(events, logstypes.InputLogEvent{Message: aws.String(fmt.Sprintf(`{"n":%d}`, i)), Timestamp: aws.Int64(now.Add(time.Duration(i) * time.Second).UnixMilli())})
	}
	if _, err := client.PutLogEvents(ctx, &cloudwatchlogs.PutLogEventsInput{LogGroupName: group, LogStreamName: stream, LogEvents: events}); err != nil {
		t.Fatal(err)
	}
	content, skipped, err := readAll(t, &LogGroup{Name: "trail", Window: Window{Since: now.Add(19500 * time.Millisecond)}})
	if lines := strings.Count(content["aws-logs:trail"], "\n"); err != nil || len(skipped) > 0 || lines != 100 {
		t.Errorf("%d lines, skipped %v, %v", lines, skipped, err)
	}
	if _, skipped, _ := readAll(t, &LogGroup{Name: "none"}); len(skipped) != 1 || !strings.Contains(skipped[0], "logs:FilterLogEvents") {
		t.Errorf("a group that is not there: %v", skipped)
	}
}

// eventHistory answers LookupEvents, ListPublicKeys and ListRegions as AWS documents them:
// pages of 50, throttling on every third call, and one region that is forbidden.
type eventHistory struct {
	calls   map[string]int
	regions []string
	key     *rsa.PublicKey
	denied  string
}

func (h *eventHistory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	region := strings.Split(scope, "/")[2]
	target := r.Header.Get("X-Amz-Target")
	action := target[strings.LastIndex(target, ".")+1:]
	if action == "" {
		action = strings.TrimPrefix(r.URL.Path, "/")
	}
	h.calls[action+" "+region]++
	reply := func(status int, v any) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(v)
	}
	fail := func(status int, code string) { reply(status, map[string]string{"__type": code, "message": code}) }
	switch {
	case action == "listRegions" && h.regions == nil:
		w.Header().Set("X-Amzn-ErrorType", "AccessDeniedException")
		fail(403, "AccessDeniedException")
	case action == "listRegions":
		var list []map[string]string
		for _, name := range h.regions {
			list = append(list, map[string]string{"RegionName": name, "RegionOptStatus": "ENABLED"})
		}
		reply(200, map[string]any{"Regions": list})
	case region == h.denied:
		fail(400, "AccessDeniedException")
	case h.calls[action+" "+region]%3 == 0:
		fail(400, "ThrottlingException")
	case action == "ListPublicKeys":
		reply(200, map[string]any{"PublicKeyList": []map[string]any{{"Fingerprint": "fp", "Value": x509.MarshalPKCS1PublicKey(h.key)}}})
	default:
		h.lookup(reply, r, region)
	}
}

func (h *eventHistory) lookup(reply func(int, any), r *http.Request, region string) {
	var in struct{ NextToken string }
	json.NewDecoder(r.Body).Decode(&in)
	from, _ := strconv.Atoi(in.NextToken)
	var events []map[string]any
	for i := from; i < min(from+50, 120); i++ {
		events = append(events, map[string]any{"EventId": fmt.Sprint(region, i), "EventTime": 1772421069, "ReadOnly": "false",
			"CloudTrailEvent": fmt.Sprintf(`{"eventID":"%s-%d"}`, region, i)})
	}
	out := map[string]any{"Events": events}
	if from+50 < 120 {
		out["NextToken"] = fmt.Sprint(from + 50)
	}
	reply(200, out)
}

func TestHistory(t *testing.T) {
	h := &eventHistory{calls: map[string]int{}, regions: []string{"us-east-1", "eu-west-1", "eu-south-1"}, denied: "eu-south-1"}
	srv := httptest.NewServer(h)
	defer srv.Close()
	endpoint(t, srv.URL)
	content, skipped, err := readAll(t, &History{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, region := range []string{"us-east-1", "eu-west-1"} {
		if n := strings.Count(content["aws:/"+region], "\n"); n != 120 {
			t.Errorf("%s: %d events", region, n)
		}
	}
	if len(skipped) != 1 || !strings.Contains(skipped[0], "aws:/eu-south-1: cloudtrail:LookupEvents") {
		t.Errorf("skipped %v", skipped)
	}
}

func TestHistoryWithoutRegions(t *testing.T) {
	h := &eventHistory{calls: map[string]int{}}
	srv := httptest.NewServer(h)
	defer srv.Close()
	endpoint(t, srv.URL)
	content, skipped, err := readAll(t, &History{Limit: 1000})
	if err != nil || len(content) != 2 || len(skipped) != 1 || !strings.Contains(skipped[0], "account:ListRegions") {
		t.Errorf("%d streams, skipped %v, %v", len(content), skipped, err)
	}
}

// TestHistoryKeepsToTheLimit counts calls: two a second are allowed, so five take two seconds, whatever the machine.
func TestHistoryKeepsToTheLimit(t *testing.T) {
	h := &eventHistory{calls: map[string]int{}, regions: []string{"us-east-1", "eu-west-1"}, denied: "us-east-1"}
	srv := httptest.NewServer(h)
	defer srv.Close()
	endpoint(t, srv.URL)
	start := time.Now()
	content, _, _ := readAll(t, &History{})
	if strings.Count(content["aws:/eu-west-1"], "\n") != 120 || time.Since(start) < 900*time.Millisecond {
		t.Errorf("%d events after %v", strings.Count(content["aws:/eu-west-1"], "\n"), time.Since(start))
	}
}

func TestIntegrity(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	h := &eventHistory{calls: map[string]int{}, key: &key.PublicKey}
	srv := httptest.NewServer(h)
	defer srv.Close()
	endpoint(t, srv.URL)

	text := []byte(`{"awsAccountId":"111122223333","digestStartTime":"2026-03-02T03:00:00Z","digestEndTime":"2026-03-02T04:00:00Z","digestS3Bucket":"b","digestS3Object":"o","logFiles":[]}`)
	d, err := cloudtrail.ParseDigest(text)
	if err != nil {
		t.Fatal(err)
	}
	own := sha256.Sum256(text)
	sum := sha256.Sum256([]byte("2026-03-02T04:00:00Z\nb/o\n" + hex.EncodeToString(own[:]) + "\nnull"))
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	i := &Integrity{Buckets: []*Bucket{{Name: "b"}}}
	public, err := i.Key(context.Background(), "eu-west-1", "fp", d.End)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Verify(public, hex.EncodeToString(sig)); err != nil {
		t.Error(err)
	}
	if err := d.Verify(public, hex.EncodeToString(slices.Concat(sig[:10], []byte{1}, sig[11:]))); err == nil {
		t.Error("a forged signature passes")
	}
	if _, err := i.Key(context.Background(), "eu-west-1", "other", d.End); err == nil {
		t.Error("a key that is not there is found")
	}
}
