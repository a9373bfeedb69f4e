package gate

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"oust/internal/finding"
	"oust/internal/plan"
)

// Sensitive stands in reports in place of what must not be printed.
const Sensitive = "(sensitive)"

// A veil hides secrets in what is printed: what code marks as sensitive, and what looks like a key.
// Whole secrets are hidden everywhere, the words of one only in findings about its own resource.
type veil struct {
	whole *strings.Replacer
	words map[string]*strings.Replacer // by address
	odd   map[string]*strings.Replacer // those of them that are no plain words, which names and sentences are made of
}

// Shorter secrets would hide half of every report.
const (
	minWhole   = 4
	minWord    = 6
	minEncoded = 12 // of the shortest text that keys match
)

func newVeil(resources []*plan.Resource) *veil {
	v := &veil{words: map[string]*strings.Replacer{}, odd: map[string]*strings.Replacer{}}
	var all []string
	for _, r := range resources {
		var own []string
		secrets(r.Before, false, &own)
		secrets(r.After, false, &own)
		if len(own) == 0 {
			continue
		}
		all = append(all, own...)
		var parts []string
		for _, s := range own {
			parts = append(parts, wordsOf(s)...)
		}
		v.words[r.Address] = replacer(parts)
		v.odd[r.Address] = replacer(slices.DeleteFunc(slices.Clone(parts), plainWord))
	}
	v.whole = replacer(all)
	return v
}

// secrets collects the texts below leaves that are marked.
func secrets(tree any, inside bool, out *[]string) {
	switch t := tree.(type) {
	case plan.Secret:
		secrets(t.Value, true, out)
	case plan.Unknown:
		for _, p := range t.Parts {
			secrets(p, inside, out)
		}
	case map[string]any:
		for _, e := range t {
			secrets(e, inside, out)
		}
	case []any:
		for _, e := range t {
			secrets(e, inside, out)
		}
	case string:
		if inside && len(t) >= minWhole {
			*out = append(*out, t)
		}
	}
}

// wordsOf are the pieces of a secret that may be shown by themselves: lines, words, and parts of names.
func wordsOf(s string) (out []string) {
	if plain, err := base64.StdEncoding.DecodeString(s); err == nil && len(plain) > 8 {
		s += "\n" + string(plain)
	}
	for _, sep := range []string{"\n", " \t\n\"'`,;{}[]()<>=|&", " \t\n\"'`,;{}[]()<>=|&:/@"} {
		out = append(out, strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(sep, r) })...)
	}
	return slices.DeleteFunc(out, func(w string) bool { return len(w) < minWord })
}

// plainWord reports whether a piece of a secret is made of letters alone, as the words of a script are.
func plainWord(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && r != '-' && r != '_' && r != '.' })
}

// replacer hides texts, plain and in the encodings that infrastructure code uses.
func replacer(list []string) *strings.Replacer {
	var pairs []string
	slices.SortFunc(list, func(a, b string) int { return len(b) - len(a) }) // the longest first
	for _, s := range slices.Compact(list) {
		for _, form := range forms(s) {
			pairs = append(pairs, form, Sensitive)
		}
	}
	return strings.NewReplacer(pairs...)
}

func forms(s string) []string {
	out := []string{s, strings.TrimSpace(s), url.QueryEscape(s), url.PathEscape(s), hex.EncodeToString([]byte(s))}
	for shift := range 3 { // inside a longer text, base64 begins at any of three places
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + s))
		text = strings.TrimRight(text, "=")
		cut := []int{0, 2, 3}[shift]
		if len(text)-1 > cut+minWhole {
			inner := text[cut : len(text)-1] // the last character may hold bits of what follows
			out = append(out, inner, strings.NewReplacer("+", "-", "/", "_").Replace(inner))
		}
	}
	return slices.DeleteFunc(out, func(f string) bool { return len(f) < minWhole })
}

// keys are texts that look like a credential, whether anybody marked them or not.
var keys = regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)` +
	`|\b(AKIA|ASIA)[A-Z2-7]{16}\b` +
	`|(?i)\b(aws_)?(secret|session)[a-z_]*(key|token)["']?\s*[=:]\s*["']?[A-Za-z0-9/+=]{16,}` +
	`|(?i)\b[a-z_]*(password|passwd|secret|token|api_?key)["']?\s*[=:]\s*["']?[^\s"'$]{6,}`)

// text hides secrets in what is taken from code.
func (v *veil) text(s, address string) string { return v.hide(s, v.words[address]) }

// said hides secrets in what is said about code.
func (v *veil) said(s, address string) string { return v.hide(s, v.odd[address]) }

func (v *veil) hide(s string, pieces *strings.Replacer) string {
	if s == "" {
		return s
	}
	s = v.whole.Replace(s)
	if pieces != nil {
		s = pieces.Replace(s)
	}
	if looksKept(s) {
		s = keys.ReplaceAllString(s, Sensitive)
	}
	return unveil(s)
}

// looksKept reports whether keys can match at all: most texts are spared that search.
func looksKept(s string) bool {
	if strings.Contains(s, "PRIVATE KEY") || strings.Contains(s, "AKIA") || strings.Contains(s, "ASIA") {
		return true
	}
	if !strings.ContainsAny(s, "=:") {
		return false
	}
	s = strings.ToLower(s)
	return slices.ContainsFunc(keyWords, func(w string) bool { return strings.Contains(s, w) })
}

var keyWords = []string{"secret", "session", "token", "passw", "apikey", "api_key"}

// unveil hides the runs of a text that are a key in base64, or with escapes as in an address.
func unveil(s string) string {
	from, n := -1, len(s)
	var b strings.Builder
	done := 0
	for i := 0; i <= n; i++ {
		if i < n && (inBase64(s[i]) || strings.IndexByte("%.~=", s[i]) >= 0) {
			if from < 0 {
				from = i
			}
			continue
		}
		if from >= 0 && i-from >= minEncoded && hides(s[from:i]) {
			b.WriteString(s[done:from] + Sensitive)
			done = i
		}
		from = -1
	}
	if done == 0 {
		return s
	}
	return b.String() + s[done:]
}

// ordinary turns the base64 of addresses into the ordinary one.
var ordinary = strings.NewReplacer("-", "+", "_", "/")

func inBase64(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("+/_-", c) >= 0
}

// hides reports whether an encoded text holds a key.
func hides(run string) bool {
	if strings.Contains(run, "%") {
		plain, err := url.QueryUnescape(run)
		return err == nil && looksKept(plain) && keys.MatchString(plain)
	}
	for _, piece := range strings.FieldsFunc(run, func(r rune) bool { return r == '.' || r == '~' || r == '=' }) {
		piece = ordinary.Replace(piece)
		for shift := range min(4, len(piece)) { // where the encoded text begins in the run is not known
			raw := piece[shift:]
			if len(raw)%4 == 1 {
				raw = raw[:len(raw)-1]
			}
			plain, err := base64.RawStdEncoding.DecodeString(raw)
			if err == nil && looksKept(string(plain)) && keys.Match(plain) {
				return true
			}
		}
	}
	return false
}

// finding hides secrets in everything of a finding that comes from code, but its address and fingerprint.
func (v *veil) finding(f *finding.Finding) {
	address := f.Resource.Address
	for _, s := range []*string{&f.Sentence, &f.Why, &f.Resource.ID, &f.Resource.Name} {
		*s = v.said(*s, address)
	}
	if f.Place != nil {
		for i := range f.Place.Lines {
			f.Place.Lines[i] = v.text(f.Place.Lines[i], address)
		}
	}
	f.Evidence, f.Unknown = slices.Clone(f.Evidence), slices.Clone(f.Unknown)
	for i := range f.Evidence {
		e := &f.Evidence[i]
		e.Value, e.Why = v.text(e.Value, address), v.said(e.Why, address)
	}
	for i := range f.Unknown {
		f.Unknown[i].Needs = v.said(f.Unknown[i].Needs, address)
	}
}

func (v *veil) coverage(c *finding.Coverage) {
	for i := range c.Files.Skipped {
		c.Files.Skipped[i].Reason = v.text(c.Files.Skipped[i].Reason, "")
	}
}
