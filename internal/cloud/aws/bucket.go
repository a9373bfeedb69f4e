package aws

import (
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"oust/internal/source"
)

// A Bucket is the objects of an S3 bucket below a prefix.
type Bucket struct {
	Name, Prefix string
	Profile      string
	Window       Window

	signatures sync.Map // path -> signature of a digest
}

// ParseBucket reads s3://bucket/prefix.
func ParseBucket(url string) (*Bucket, error) {
	name, prefix, _ := strings.Cut(strings.TrimPrefix(url, "s3://"), "/")
	if name == "" {
		return nil, fmt.Errorf("%s: want s3://bucket/prefix", url)
	}
	return &Bucket{Name: name, Prefix: prefix}, nil
}

// Items lists the objects. Those whose key tells a day outside the window are left out.
func (b *Bucket) Items(ctx context.Context, emit func(source.Item) error, _ func(string, error)) error {
	cfg, err := load(ctx, b.Profile)
	if err != nil {
		return err
	}
	client := s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.DisableLogOutputChecksumValidationSkipped = true // it would talk on standard error
		o.UsePathStyle = os.Getenv("AWS_ENDPOINT_URL") != "" || os.Getenv("AWS_ENDPOINT_URL_S3") != ""
	})
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: &b.Name, Prefix: &b.Prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list s3://%s/%s: %w", b.Name, b.Prefix, err)
		}
		for _, o := range page.Contents {
			key := aws.ToString(o.Key)
			if strings.HasSuffix(key, "/") || b.Window.outside(key) {
				continue
			}
			path := "s3://" + b.Name + "/" + key
			if err := emit(source.Item{Path: path, Size: aws.ToInt64(o.Size), Open: b.open(client, path, key)}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *Bucket) open(client *s3.Client, path, key string) func(context.Context) (io.ReadCloser, error) {
	return func(ctx context.Context) (io.ReadCloser, error) {
		o, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.Name, Key: &key})
		if err != nil {
			return nil, fmt.Errorf("get object: %w", err)
		}
		if s := o.Metadata["signature"]; s != "" {
			b.signatures.Store(path, s)
		}
		return o.Body, nil
	}
}

// Signature returns the signature that was stored with a digest, empty when there was none.
func (b *Bucket) Signature(path string) string {
	s, _ := b.signatures.Load(path)
	text, _ := s.(string)
	return text
}

var dayInKey = regexp.MustCompile(`/(20\d\d)/(\d\d)/(\d\d)/`)

// outside reports whether a key tells a day on which nothing of the window can lie.
// Files are delivered up to some hours after their events, so a day more is kept on both sides.
func (w Window) outside(key string) bool {
	m := dayInKey.FindStringSubmatch(key)
	if m == nil {
		return false
	}
	day, err := time.Parse("2006/01/02", m[1]+"/"+m[2]+"/"+m[3])
	if err != nil {
		return false
	}
	return !w.Since.IsZero() && day.AddDate(0, 0, 2).Before(w.Since) || !w.Until.IsZero() && day.AddDate(0, 0, -1).After(w.Until)
}
