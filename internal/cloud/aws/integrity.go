package aws

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
)

// Integrity has what it takes to check the signatures of digests: those that stand beside them in their buckets,
// and the public keys that CloudTrail gives out.
type Integrity struct {
	Buckets []*Bucket

	mu   sync.Mutex
	keys map[string]*rsa.PublicKey // region and fingerprint
}

// Signature returns the signature that was stored beside a digest, empty when there is none.
func (i *Integrity) Signature(path string) string {
	for _, b := range i.Buckets {
		if strings.HasPrefix(path, "s3://"+b.Name+"/") {
			return b.Signature(path)
		}
	}
	return ""
}

// Key asks CloudTrail for the public key of a fingerprint that was in use in a region at a time.
func (i *Integrity) Key(ctx context.Context, region, fingerprint string, at time.Time) (*rsa.PublicKey, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	name := region + " " + fingerprint
	if k := i.keys[name]; k != nil {
		return k, nil
	}
	cfg, err := load(ctx, i.Buckets[0].Profile)
	if err != nil {
		return nil, err
	}
	cfg.Region = region
	out, err := cloudtrail.NewFromConfig(cfg).ListPublicKeys(ctx, &cloudtrail.ListPublicKeysInput{
		StartTime: aws.Time(at.Add(-48 * time.Hour)), EndTime: aws.Time(at.Add(time.Hour)),
	})
	if err != nil {
		return nil, fmt.Errorf("cloudtrail:ListPublicKeys: %w", err)
	}
	if i.keys == nil {
		i.keys = map[string]*rsa.PublicKey{}
	}
	for _, k := range out.PublicKeyList {
		key, err := x509.ParsePKCS1PublicKey(k.Value)
		if err != nil {
			return nil, fmt.Errorf("public key %s: %w", aws.ToString(k.Fingerprint), err)
		}
		i.keys[region+" "+aws.ToString(k.Fingerprint)] = key
	}
	if k := i.keys[name]; k != nil {
		return k, nil
	}
	return nil, fmt.Errorf("CloudTrail has no public key %s in %s", fingerprint, region)
}
