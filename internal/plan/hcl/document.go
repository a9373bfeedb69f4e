package hcl

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

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

// statement writes a statement as the provider does: single values without a list, lists in falling order.
func (d *documentWriter) statement(in map[string]cty.Value) (text, sid string) {
	w := &objectWriter{d: d}
	if s, ok := known([]cty.Value{in["sid"]}, 0); ok && s != "" {
		sid = s
		w.member("Sid", in["sid"])
	}
	effect := cty.StringVal("Allow")
	if v := in["effect"]; isSet(v) {
		effect = v
	}
	w.member("Effect", effect)
	for _, m := range [][2]string{{"actions", "Action"}, {"not_actions", "NotAction"}, {"resources", "Resource"}, {"not_resources", "NotResource"}} {
		if v := in[m[0]]; isSet(v) && !isEmpty(v) {
			w.member(m[1], d.texts(v, true))
		}
	}
	for _, m := range [][2]string{{"principals", "Principal"}, {"not_principals", "NotPrincipal"}} {
		if v := in[m[0]]; isSet(v) {
			w.raw(m[1], d.principals(v))
		}
	}
	if v := in["condition"]; isSet(v) {
		w.raw("Condition", d.conditions(v))
	}
	return w.String(), sid
}

func isSet(v cty.Value) bool {
	if v == cty.NilVal {
		return false
	}
	u, _ := v.Unmark()
	return !u.IsKnown() || !u.IsNull()
}

func isEmpty(v cty.Value) bool {
	u, _ := v.Unmark()
	return u.IsKnown() && u.CanIterateElements() && u.LengthInt() == 0
}

// texts is a set of texts: one by itself, several in falling order when they are sorted.
func (d *documentWriter) texts(v cty.Value, sorted bool) cty.Value {
	u, marks := d.r.elements(v).Unmark()
	if _, ok := marks[secret{}]; ok {
		d.marks[secret{}] = struct{}{}
	}
	if !u.IsKnown() || u.IsNull() || !u.CanIterateElements() {
		return u.WithMarks(marks)
	}
	list := u.AsValueSlice()
	for i, e := range list {
		if s, ok := known([]cty.Value{e}, 0); ok {
			list[i] = cty.StringVal(strings.ReplaceAll(s, "&{", "${")).WithMarks(e.Marks())
		}
	}
	if len(list) == 1 {
		return list[0]
	}
	if sorted {
		slices.SortStableFunc(list, func(a, b cty.Value) int {
			x, _ := known([]cty.Value{a}, 0)
			y, _ := known([]cty.Value{b}, 0)
			return strings.Compare(y, x)
		})
	}
	return cty.TupleVal(list)
}

// principals writes { "AWS": … }, or "*" for everybody.
func (d *documentWriter) principals(v cty.Value) string {
	u, _ := v.Unmark()
	if !u.IsKnown() {
		return d.r.tokens.add(v)
	}
	byType := map[string][]cty.Value{}
	for _, p := range inside(v) {
		kind, _ := d.r.text(p["type"]).Unmark()
		ids := d.texts(p["identifiers"], true)
		if !isText(kind) {
			continue
		}
		if s, ok := known([]cty.Value{ids}, 0); ok && kind.AsString() == "*" && s == "*" {
			return `"*"`
		}
		byType[kind.AsString()] = append(byType[kind.AsString()], flat(ids)...)
	}
	w := &objectWriter{d: d}
	for _, kind := range sortedKeys(byType) {
		list := byType[kind]
		if len(list) == 1 {
			w.member(kind, list[0])
		} else {
			w.member(kind, cty.TupleVal(list))
		}
	}
	return w.String()
}

func flat(v cty.Value) []cty.Value {
	if u, _ := v.Unmark(); u.IsKnown() && !u.IsNull() && u.Type().IsTupleType() {
		return u.AsValueSlice()
	}
	return []cty.Value{v}
}

// conditions writes { operator: { key: values } }.
func (d *documentWriter) conditions(v cty.Value) string {
	u, _ := v.Unmark()
	if !u.IsKnown() {
		return d.r.tokens.add(v)
	}
	byTest := map[string]*objectWriter{}
	for _, c := range inside(v) {
		test, _ := d.r.text(orNull(c["test"])).Unmark()
		key, _ := d.r.text(orNull(c["variable"])).Unmark()
		if !isText(test) || !isText(key) {
			continue
		}
		if byTest[test.AsString()] == nil {
			byTest[test.AsString()] = &objectWriter{d: d}
		}
		byTest[test.AsString()].member(key.AsString(), d.texts(orNull(c["values"]), false))
	}
	w := &objectWriter{d: d}
	for _, test := range sortedKeys(byTest) {
		w.raw(test, byTest[test].String())
	}
	return w.String()
}

func orNull(v cty.Value) cty.Value {
	if v == cty.NilVal {
		return cty.NullVal(cty.DynamicPseudoType)
	}
	return v
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
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
