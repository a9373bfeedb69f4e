package document

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseKeepsWhatIsWritten(t *testing.T) {
	want := map[string]any{"account": "111122223333", "octal": "0644", "n": 1.5, "yes": true, "none": nil, "hex": "0x1F", "date": "2012-10-17", "list": []any{1.0, "a"}}
	for _, text := range []string{
		"account: 111122223333\noctal: 0644\nn: 1.5\nyes: true\nnone:\nhex: 0x1F\ndate: 2012-10-17\nlist: [1, a]\n",
		`{"account": 111122223333, "octal": "0644", "n": 1.5, "yes": true, "none": null, "hex": "0x1F", "date": "2012-10-17", "list": [1, "a"]}`,
		"{account: 111122223333, octal: 0644, n: 1.5, yes: true, none: null, hex: 0x1F, date: 2012-10-17, list: [1, a]} # a comment\n",
	} {
		docs := Parse([]byte(text), Options{Tag: func(_ string, v any) any { return v }})
		if len(docs) != 1 || docs[0].Err != nil {
			t.Fatal(text, docs)
		}
		if diff := cmp.Diff(want, docs[0].Tree); diff != "" {
			t.Errorf("%s\n%s", text, diff)
		}
	}
}

func TestTags(t *testing.T) {
	d := Parse([]byte("a: !Sub x\nb: !If [c, !Ref d, 1]\n"), Options{Tag: func(tag string, v any) any { return map[string]any{tag: v} }})[0]
	want := map[string]any{"a": map[string]any{"Sub": "x"}, "b": map[string]any{"If": []any{"c", map[string]any{"Ref": "d"}, 1.0}}}
	if diff := cmp.Diff(want, d.Tree); diff != "" {
		t.Error(diff)
	}
}

func TestSpans(t *testing.T) {
	text := "\n# first\na:\n  b:\n    c: |\n      one\n\n      two\n\n  # of d\n  d: 1\n\n---\ne: [1,\n 2]\nf:\n- x: 1\n  y: 2\n- z\n"
	docs := Parse([]byte(text), Options{Depth: 2})
	if len(docs) != 2 {
		t.Fatal(docs)
	}
	for path, want := range map[string][2]int{"0 a": {3, 11}, "0 a b": {4, 8}, "0 a b c": {4, 8}, "0 a d": {11, 11}, "1 e": {14, 15}, "1 f 0": {17, 18}, "1 f 1": {19, 19}} {
		p := strings.Fields(path)
		line, end := docs[p[0][0]-'0'].Span(p[1:]...)
		if got := [2]int{line, end}; got != want {
			t.Errorf("%s: %v, not %v", path, got, want)
		}
	}
}

func TestBrokenDocumentsDoNotHideTheirNeighbours(t *testing.T) {
	docs := Parse([]byte("a: 1\n---\nb: [\n---\nc: 3\n--- # nothing\n"), Options{})
	if len(docs) != 3 || docs[0].Err != nil || docs[1].Err == nil || docs[2].Err != nil {
		t.Fatal(docs)
	}
	if !strings.HasPrefix(docs[1].Err.Error(), "line ") || docs[2].Line != 5 {
		t.Error(docs[1].Err, docs[2].Line)
	}
}

func TestMergeAndTwice(t *testing.T) {
	d := Parse([]byte("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nb: {<<: [*a], z: 4}\n"), Options{})[0]
	if diff := cmp.Diff(map[string]any{"x": 1.0, "y": 2.0, "z": 4.0}, d.Map()["b"]); diff != "" || len(d.Twice) != 1 {
		t.Error(diff, d.Twice)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a: &a [*a]", "{\"a\": [1, {\"b\": 1e999}]}", "--- !x\n- ? [a]\n  : b\n", "a: !!binary x\n---\n", "%YAML 1.1\n---\na: |\n  x\n..."} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, d := range Parse(body, Options{Depth: 3, Tag: func(tag string, v any) any { return map[string]any{tag: v} }}) {
			if d.Err != nil && d.Tree != nil {
				t.Error("a tree and an error")
			}
			if d.Line < 1 || d.End < 0 {
				t.Errorf("lines %d to %d", d.Line, d.End)
			}
		}
	})
}
