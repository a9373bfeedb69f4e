package gate

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
)

// FuzzVeil: the quick look before the search for keys spares no text that holds one, and a key is hidden in its encodings too.
func FuzzVeil(f *testing.F) {
	for _, s := range []string{
		"aws_secret_access_key = wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY", "AKIAIOSFODNN7EXAMPLE", "Api_Key:\"abcdefgh\"",
		"arn:aws:iam::111122223333:role/ops", "password%3Dhunter2hunter2", "TOKEN='abcdef'",
	} {
		f.Add(s, 1)
	}
	v := newVeil(nil)
	f.Fuzz(func(t *testing.T, s string, n int) {
		if !ascii(s) {
			return // letters of other scripts fold into ours, and the quick look does not know them
		}
		holds := keys.MatchString(s)
		if holds && !looksKept(s) {
			t.Errorf("%q holds a key, and would not be looked at", s)
		}
		if !holds {
			return
		}
		before := strings.Repeat("/", n&3) // a path, at any distance
		for _, form := range []string{base64.StdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s)), url.QueryEscape(s)} {
			if got := v.text(before+form, ""); form != s && strings.Contains(got, form) {
				t.Errorf("%q is shown as %q", s, got)
			}
		}
	})
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7e })
}
