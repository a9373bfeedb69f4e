package hcl

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/zclconf/go-cty/cty"
)

// A statement is one statement of a policy document, as JSON, with its Sid.
type statement struct {
	sid  string
	json string
}

// document is what aws_iam_policy_document makes of its arguments: the documents that it starts from, its own statements,
// the documents that it ends with. A statement takes the place of an earlier one with its Sid.
// A document that is not known stands among the statements as a token.
func (in *instance) document() cty.Value {
	d := &documentWriter{in: in, r: in.scope.r, version: cty.StringVal("2012-10-17"), marks: cty.ValueMarks{}}
	for _, name := range []string{"source_json", "source_policy_documents"} {
		d.documents(name)
	}
	for _, b := range in.block.nested("statement") {
		d.own(b)
	}
	for _, name := range []string{"override_json", "override_policy_documents"} {
		d.documents(name)
	}
	return d.value()
}

type documentWriter struct {
	in      *instance
	r       *run
	version cty.Value
	list    []statement
	marks   cty.ValueMarks // secrets
}

// argument is the value of an argument; cty.NilVal when it is not set.
func (d *documentWriter) argument(name string) cty.Value {
	if d.in.block.attrs[name] == nil {
		return cty.NilVal
	}
	v := d.in.attr(name)
	if v.HasMark(secret{}) {
		d.marks[secret{}] = struct{}{}
	}
	return v
}

// add puts a statement where an earlier one with its Sid stood, or at the end.
func (d *documentWriter) add(s statement) {
	if s.sid != "" {
		if i := slices.IndexFunc(d.list, func(o statement) bool { return o.sid == s.sid }); i >= 0 {
			d.list[i] = s
			return
		}
	}
	d.list = append(d.list, s)
}

func (d *documentWriter) documents(name string) {
	v := d.argument(name)
	if v == cty.NilVal {
		return
	}
	u, marks := v.Unmark()
	if u.IsKnown() && u.IsNull() {
		return
	}
	if !u.IsKnown() || u.Type() == cty.String {
		d.document(u.WithMarks(marks))
		return
	}
	for _, one := range u.AsValueSlice() {
		d.document(one)
	}
}

// document takes the statements of another document.
func (d *documentWriter) document(v cty.Value) {
	u, marks := d.r.whole(v).Unmark()
	if _, ok := marks[secret{}]; ok {
		d.marks[secret{}] = struct{}{}
	}
	if u.IsKnown() && u.IsNull() {
		return
	}
	var doc struct {
		Version, ID string
		Statement   json.RawMessage
	}
	text := ""
	if isText(u) {
		text = d.r.quoteBare(u.AsString())
	}
	if text == "" && u.IsKnown() {
		return
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		d.list = append(d.list, statement{json: d.r.tokens.add(d.r.opaque(v).WithMarks(marks))})
		return
	}
	if doc.Version != "" {
		d.version = cty.StringVal(doc.Version)
	}
	var list []json.RawMessage
	if json.Unmarshal(doc.Statement, &list) != nil && len(doc.Statement) > 0 {
		list = []json.RawMessage{doc.Statement}
	}
	for _, one := range list {
		d.taken(one)
	}
}

// taken is a statement of another document.
func (d *documentWriter) taken(raw json.RawMessage) {
	var s string
	if json.Unmarshal(raw, &s) == nil { // a token that was bare
		d.list = append(d.list, statement{json: s})
		return
	}
	var sid struct{ Sid string }
	if json.Unmarshal(raw, &sid) != nil {
		sid.Sid = ""
	}
	d.add(statement{sid.Sid, string(raw)})
}

// own adds the statements of a block, which may be dynamic.
func (d *documentWriter) own(b *block) {
	for _, in := range inside(d.in.scope.blocks([]*block{b}, d.in.env, false)) {
		s, sid := d.statement(in)
		d.add(statement{sid, s})
	}
}

// value is the whole document.
func (d *documentWriter) value() cty.Value {
	w := &objectWriter{d: d}
	if v := d.argument("version"); v != cty.NilVal && isSet(v) {
		d.version = v
	}
	w.member("Version", d.version)
	if v := d.argument("policy_id"); v != cty.NilVal && isSet(v) {
		w.member("Id", v)
	}
	var list bytes.Buffer
	list.WriteByte('[')
	for i, s := range d.list {
		if i > 0 {
			list.WriteByte(',')
		}
		list.WriteString(s.json)
	}
	list.WriteByte(']')
	w.raw("Statement", list.String())
	return cty.StringVal(w.String()).WithMarks(d.marks)
}

// An objectWriter writes the members of a JSON object in the order in which they come.
type objectWriter struct {
	d   *documentWriter
	buf bytes.Buffer
}

func (w *objectWriter) raw(name, text string) {
	j := &jsonWriter{r: w.d.r, marks: w.d.marks}
	if w.buf.Len() > 0 {
		w.buf.WriteByte(',')
	}
	if j.text(name) != nil {
		return
	}
	w.buf.Write(j.buf.Bytes())
	w.buf.WriteByte(':')
	w.buf.WriteString(text)
}

func (w *objectWriter) member(name string, v cty.Value) {
	j := &jsonWriter{r: w.d.r, marks: w.d.marks}
	if err := j.value(v); err != nil {
		j.buf.Reset()
		j.buf.WriteString(w.d.r.tokens.add(unknown("a part that is too large")))
	}
	w.raw(name, j.buf.String())
}

func (w *objectWriter) String() string { return "{" + w.buf.String() + "}" }
