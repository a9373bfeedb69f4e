package hcl

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// hashes are the digests, of texts and of files.
func hashes() map[string]call {
	t := map[string]call{}
	for name, h := range map[string]func() hash.Hash{"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New} {
		t[name] = letterwise(func(s string) (string, error) { return hex.EncodeToString(digest(h, []byte(s))), nil })
		t["base64"+name] = letterwise(func(s string) (string, error) { return base64.StdEncoding.EncodeToString(digest(h, []byte(s))), nil })
		t["file"+name] = onFile(func(b []byte) (string, error) { return hex.EncodeToString(digest(h, b)), nil })
		t["filebase64"+name] = onFile(func(b []byte) (string, error) { return base64.StdEncoding.EncodeToString(digest(h, b)), nil })
	}
	return t
}

func digest(h func() hash.Hash, b []byte) []byte {
	w := h()
	w.Write(b)
	return w.Sum(nil)
}

// space is one of the names that uuidv5 knows for the namespaces of RFC 4122.
func space(name string) ([]byte, error) {
	last, ok := map[string]byte{"dns": 0x10, "url": 0x11, "oid": 0x12, "x500": 0x14}[name]
	if !ok {
		return nil, errors.New("not a namespace")
	}
	return []byte{0x6b, 0xa7, 0xb8, last, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}, nil
}

func uuid5(r *run, args []cty.Value) (cty.Value, error) {
	return recode(r, args, func(in, name string) (string, error) {
		ns, err := space(in)
		if err != nil {
			return "", err
		}
		u := digest(sha1.New, append(ns, name...))[:16]
		u[6], u[8] = u[6]&0x0f|0x50, u[8]&0x3f|0x80
		return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:]), nil
	})
}

func timeCompare() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "a", Type: cty.String}, {Name: "b", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Number),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			a, err := time.Parse(time.RFC3339, args[0].AsString())
			if err != nil {
				return cty.DynamicVal, err
			}
			b, err := time.Parse(time.RFC3339, args[1].AsString())
			return cty.NumberIntVal(int64(a.Compare(b))), err
		},
	})
}
