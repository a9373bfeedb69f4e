package cloudtrail

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// A Digest lists the log files that a trail delivered in one hour, with a hash of each,
// and is chained to the digest before it.
type Digest struct {
	Account   string    `json:"awsAccountId"`
	Bucket    string    `json:"digestS3Bucket"`
	Object    string    `json:"digestS3Object"`
	Start     time.Time `json:"digestStartTime"`
	End       time.Time `json:"digestEndTime"`
	Key       string    `json:"digestPublicKeyFingerprint"`
	Algorithm string    `json:"digestSignatureAlgorithm"`
	LogFiles  []LogFile `json:"logFiles"`

	PreviousBucket    string `json:"previousDigestS3Bucket"`
	PreviousObject    string `json:"previousDigestS3Object"`
	PreviousHash      string `json:"previousDigestHashValue"`
	PreviousSignature string `json:"previousDigestSignature"`

	Hash string `json:"-"` // of the digest itself
	end  string // digestEndTime as it was written, which is part of what is signed
}

// A LogFile is one delivered file in a digest. Its hash is that of the content before compression.
type LogFile struct {
	Bucket    string `json:"s3Bucket"`
	Object    string `json:"s3Object"`
	Hash      string `json:"hashValue"`
	Algorithm string `json:"hashAlgorithm"`
	Oldest    string `json:"oldestEventTime"`
	Newest    string `json:"newestEventTime"`
}

// ParseDigest reads a digest document. Its hash is taken of the bytes as they are given.
func ParseDigest(b []byte) (*Digest, error) {
	d := &Digest{}
	if err := json.Unmarshal(b, d); err != nil {
		return nil, fmt.Errorf("read digest: %w", err)
	}
	var raw struct {
		End string `json:"digestEndTime"`
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		return nil, fmt.Errorf("read digest: %w", err)
	}
	sum := sha256.Sum256(b)
	d.Hash, d.end = hex.EncodeToString(sum[:]), raw.End
	return d, nil
}

// Verify checks the signature of a digest against the public key of its trail, as ListPublicKeys gives it (PKCS #1, DER).
func (d *Digest) Verify(key *rsa.PublicKey, signature string) error {
	sig, err := hex.DecodeString(signature)
	if err != nil {
		return fmt.Errorf("signature of digest: %w", err)
	}
	previous := d.PreviousSignature
	if previous == "" {
		previous = "null"
	}
	sum := sha256.Sum256([]byte(d.end + "\n" + d.Bucket + "/" + d.Object + "\n" + d.Hash + "\n" + previous))
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig); err != nil {
		return fmt.Errorf("signature of digest: %w", err)
	}
	return nil
}
