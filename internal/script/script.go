// Package script reads what machines are told to run: user data, build files, documents, commands.
//
// It takes off the wrappings in which code is delivered or hidden, and says what the code does that an intruder needs.
// It runs nothing, and knows neither events nor resources.
package script

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Bounds, so that a hostile text costs no more than a long one.
const (
	maxDepth = 4
	maxText  = 1 << 20
	maxParts = 64 // encoded parts of one text
)

// A Script is a text and everything that was found wrapped inside it.
type Script struct {
	Text  string
	Plain string // all layers, the text itself first
}

// Read takes the wrappings off a text: base64, gzip, UTF-16, URL encoding, JSON strings, and quotes that a shell drops.
func Read(text string) *Script {
	r := reader{seen: map[string]bool{}}
	r.read(text, 0)
	return &Script{Text: text, Plain: strings.Join(r.layers, "\n")}
}

type reader struct {
	layers []string
	seen   map[string]bool
	size   int
}

func (r *reader) read(text string, depth int) {
	if r.seen[text] || r.size+len(text) > maxText {
		return
	}
	r.seen[text] = true
	r.size += len(text)
	r.layers = append(r.layers, text)
	if depth == maxDepth {
		return
	}
	for _, inner := range unwrap(text) {
		r.read(inner, depth+1)
	}
}

// unwrap returns the texts that are directly inside another.
func unwrap(text string) (out []string) {
	if s := values(text); s != "" {
		out = append(out, s)
	}
	if strings.Contains(text, "%20") {
		if s, err := url.QueryUnescape(text); err == nil {
			out = append(out, s)
		}
	}
	if s, ok := decode(strings.Join(strings.Fields(text), "")); ok {
		return append(out, s) // all of it is one encoded text
	}
	for _, part := range encoded.FindAllString(text, maxParts) {
		if s, ok := decode(part); ok {
			out = append(out, s)
		}
	}
	if s := bare(text); s != text {
		out = append(out, s)
	}
	return out
}

var encoded = regexp.MustCompile(`[A-Za-z0-9+/_-]{20,}={0,2}`)

// decode reads base64 that holds text, compressed or not.
func decode(s string) (string, bool) {
	if len(s) < 20 {
		return "", false
	}
	s = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(s, "="))
	b, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return "", false
	}
	return readable(inflated(b))
}

func inflated(b []byte) []byte {
	if !bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
		return b
	}
	zr, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return b
	}
	plain, _ := io.ReadAll(io.LimitReader(zr, maxText)) // what can be read of a broken one is still worth a look
	return plain
}

// readable turns bytes into text, when they are one.
func readable(b []byte) (string, bool) {
	if s := wide(b); s != "" {
		return s, true
	}
	if len(b) == 0 || !utf8.Valid(b) {
		return "", false
	}
	s := string(b)
	odd := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) && !unicode.IsSpace(r) })
	return s, odd < 0
}

// wide reads UTF-16, as PowerShell takes its encoded commands.
func wide(b []byte) string {
	if len(b) < 8 || len(b)%2 != 0 || b[1] != 0 || b[3] != 0 {
		return ""
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}

// values joins the strings of a JSON text, a list of plain strings in one line: the words of a command.
func values(text string) string {
	var v any
	if t := strings.TrimSpace(text); t == "" || !strings.ContainsAny(t[:1], `{["`) || json.Unmarshal([]byte(t), &v) != nil {
		return ""
	}
	var b strings.Builder
	collect(&b, v)
	return strings.TrimSpace(b.String())
}

func collect(b *strings.Builder, v any) {
	switch v := v.(type) {
	case string:
		b.WriteString(v + "\n")
	case []any:
		words := make([]string, 0, len(v))
		for _, e := range v {
			if s, ok := e.(string); ok {
				words = append(words, s)
				continue
			}
			collect(b, e)
		}
		if len(words) > 0 {
			b.WriteString(strings.Join(words, " ") + "\n")
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			b.WriteString(k + ": ")
			collect(b, v[k])
			b.WriteString("\n")
		}
	}
}

// bare drops what a shell drops: quotes inside words, backslashes, line ends after a pipe.
func bare(text string) string {
	text = broken.ReplaceAllString(text, " | ")
	return strings.NewReplacer("\\\n", " ", `""`, "", `''`, "", "${IFS}", " ", "$IFS$9", " ", "$IFS", " ").Replace(inside.ReplaceAllString(text, "$1$2"))
}

var (
	broken = regexp.MustCompile(`\s*\|\s*\n\s*`)
	inside = regexp.MustCompile(`([A-Za-z])\\([A-Za-z])`)
)
