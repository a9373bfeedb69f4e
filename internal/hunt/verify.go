package hunt

import (
	"context"
	"crypto/rsa"
	"fmt"
	"path"
	"strings"
	"time"

	"oust/internal/decode/cloudtrail"
	"oust/internal/event"
	"oust/internal/finding"
	"oust/internal/resource"
)

// Integrity is what the check of digests needs from outside. Without it, hashes are checked and signatures are not.
type Integrity interface {
	// Signature returns the signature that was stored beside a digest, empty when there is none.
	Signature(path string) string
	// Key returns the public key of a fingerprint that was in use in a region at a time.
	Key(ctx context.Context, region, fingerprint string, at time.Time) (*rsa.PublicKey, error)
}

// logFileKind is the kind of resource that the check of digests speaks of.
const logFileKind = "aws.cloudtrail.log_file"

// A chain checks the digests that were met against the files that were read.
type chain struct {
	digests []metDigest
	hashes  map[string]string // path of a stream -> SHA-256 of its content
	names   map[string]string // tail of a path, as the bucket names it -> path
}

type metDigest struct {
	path string
	d    *cloudtrail.Digest
}

// check makes a change for everything that is not as a digest says: a log file or another digest that is altered or missing.
func (c *chain) check(ctx context.Context, kind *resource.Kind, in Integrity) (out []*resource.Change, gaps []finding.Gap) {
	c.index()
	unsigned := 0
	for _, m := range c.digests {
		for _, f := range m.d.LogFiles {
			out = c.file(out, kind, m, f.Object, f.Hash, "log file")
		}
		if m.d.PreviousObject != "" && m.d.PreviousHash != "" {
			out = c.file(out, kind, m, m.d.PreviousObject, m.d.PreviousHash, "digest")
		}
		checked, err := signature(ctx, m, in)
		switch {
		case !checked:
			unsigned++
		case err != nil:
			out = append(out, tampered(kind, m, m.d.Object, "digest", "altered", err.Error()))
		}
	}
	if unsigned > 0 {
		gaps = append(gaps, finding.Gap{
			What:  fmt.Sprintf("whether %d digests are signed by CloudTrail: only their hashes were checked", unsigned),
			Needs: "s3:GetObject on the digests in their bucket, and cloudtrail:ListPublicKeys",
		})
	}
	return out, gaps
}

// index names every stream by each tail of its path, so that a copy on disk is found by its key in the bucket.
func (c *chain) index() {
	c.names = map[string]string{}
	for p := range c.hashes {
		for tail := p; tail != ""; {
			c.names[tail] = p
			_, rest, ok := strings.Cut(tail, "/")
			if !ok {
				break
			}
			tail = rest
		}
	}
}

// file adds a change when a file is not what a digest says of it.
func (c *chain) file(out []*resource.Change, kind *resource.Kind, m metDigest, object, hash, what string) []*resource.Change {
	end := m.d.End.Format(time.RFC3339)
	p, ok := c.find(object)
	switch {
	case !ok:
		return append(out, tampered(kind, m, object, what, "missing", "the digest of "+end+" lists it, and it is not among what was given"))
	case c.hashes[p] != hash:
		return append(out, tampered(kind, m, object, what, "altered", "its hash is not the one that the digest of "+end+" gives"))
	}
	return out
}

// find looks a key of the bucket up among what was read, compressed or not.
func (c *chain) find(object string) (string, bool) {
	for _, name := range []string{object, strings.TrimSuffix(object, ".gz"), path.Base(object), strings.TrimSuffix(path.Base(object), ".gz")} {
		if p, ok := c.names[name]; ok {
			return p, true
		}
	}
	return "", false
}

// signature checks the signature of a digest, where it and the key can be had.
func signature(ctx context.Context, m metDigest, in Integrity) (checked bool, err error) {
	if in == nil || m.d.Key == "" {
		return false, nil
	}
	sig := in.Signature(m.path)
	if sig == "" {
		return false, nil
	}
	key, err := in.Key(ctx, regionOf(m.d.Object), m.d.Key, m.d.End)
	if err != nil {
		return false, nil // counted by the caller as not checked
	}
	return true, m.d.Verify(key, sig)
}

// regionOf takes the region out of the key of a digest.
func regionOf(object string) string {
	_, rest, _ := strings.Cut(object, "/CloudTrail-Digest/")
	region, _, _ := strings.Cut(rest, "/")
	return region
}

// tampered says what became of one file, as if the digest were a record of it.
func tampered(kind *resource.Kind, m metDigest, object, what, state, why string) *resource.Change {
	c := &resource.Change{
		Kind: kind,
		Key:  kind.Key(object, m.d.Account, ""),
		Does: resource.Create,
		Event: &event.Event{
			Cloud: "aws", Log: "cloudtrail-digest", ID: m.d.Hash + object, Time: m.d.End, Name: "Digest",
			Account: m.d.Account, Region: regionOf(m.d.Object), Actor: &event.Actor{}, Origin: event.Origin{Path: m.path, Record: 1},
		},
	}
	for i, f := range kind.Fields {
		value, ok := map[string]any{"object": object, "what": what, "integrity": state, "why": why}[f.Name]
		if ok {
			c.Set = append(c.Set, resource.Setting{Field: i, Value: value})
		}
	}
	return c
}
