package hcl

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	hcljson "github.com/hashicorp/hcl/v2/json"

	"oust/internal/plan"
)

// parse reads one file into blocks. Of a file with errors, what could be read is kept.
func (r *run) parse(name string, body []byte) *block {
	b := &block{at: plan.Place{File: name}}
	if len(body) > maxFile {
		r.problem(b.at, fmt.Sprintf("file: more than %d MB", maxFile>>20), "split it")
		return b
	}
	if strings.HasSuffix(strings.ToLower(name), ".json") {
		if !json.Valid(body) || !shallowJSON(body) {
			r.problem(r.jsonPlace(name, body), "file: not JSON, or nested too deeply", "repair it")
			return b
		}
		file, diags := hcljson.Parse(body, name)
		if file != nil {
			diags = append(diags, fromJSON(file.Body, b)...)
		}
		r.diagnose(b.at, diags)
		return b
	}
	if err := shallow(body, hclsyntax.LexConfig); err != nil {
		r.problem(b.at, "file: "+err.Error(), "repair it")
		return b
	}
	file, diags := hclsyntax.ParseConfig(body, name, hcl.InitialPos)
	if file != nil {
		if body, ok := file.Body.(*hclsyntax.Body); ok {
			native(body, b)
		}
	}
	r.diagnose(b.at, diags)
	return b
}

// maxSyntax bounds the problems that are told of one file.
const maxSyntax = 3

func (r *run) diagnose(at plan.Place, diags hcl.Diagnostics) {
	told := 0
	for _, d := range diags {
		if d.Severity != hcl.DiagError {
			continue
		}
		if told++; told > maxSyntax {
			return
		}
		p := at
		if d.Subject != nil {
			p = place(*d.Subject)
		}
		r.problem(p, "syntax: "+lower(d.Summary), "repair it")
	}
}

// jsonPlace finds the line in which JSON goes wrong.
func (r *run) jsonPlace(name string, body []byte) plan.Place {
	p := plan.Place{File: name, Line: 1, End: 1}
	var v any
	if err, ok := json.Unmarshal(body, &v).(*json.SyntaxError); ok {
		p.Line += strings.Count(string(body[:min(int(err.Offset), len(body))]), "\n")
		p.End = p.Line
	}
	return p
}

func lower(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// The parser and the evaluator recurse; a stack that overflows cannot be caught.
const (
	maxNesting = 1500
	maxJSON    = 200
)

// shallow refuses source that nests deeply, by brackets or by operators without any.
func shallow(body []byte, lex func([]byte, string, hcl.Pos) (hclsyntax.Tokens, hcl.Diagnostics)) error {
	if len(body) < maxNesting {
		return nil
	}
	tokens, _ := lex(body, "", hcl.InitialPos)
	open := []int{0} // operators since the last separator, by bracket
	sum := 0
	drop := func() {
		sum -= open[len(open)-1]
		open[len(open)-1] = 0
	}
	lines := []bool{true} // whether a new line ends an expression, by bracket
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOParen, hclsyntax.TokenOBrack, hclsyntax.TokenOBrace, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl, hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc:
			open[len(open)-1]++
			sum++
			open, lines = append(open, 0), append(lines, t.Type == hclsyntax.TokenOBrace)
		case hclsyntax.TokenCParen, hclsyntax.TokenCBrack, hclsyntax.TokenCBrace, hclsyntax.TokenTemplateSeqEnd, hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc:
			if drop(); len(open) > 1 {
				open, lines = open[:len(open)-1], lines[:len(lines)-1]
			}
		case hclsyntax.TokenComma:
			drop()
		case hclsyntax.TokenNewline:
			if lines[len(lines)-1] {
				drop()
			}
		case hclsyntax.TokenIdent, hclsyntax.TokenStringLit, hclsyntax.TokenQuotedLit, hclsyntax.TokenNumberLit, hclsyntax.TokenDot, hclsyntax.TokenComment:
		default:
			open[len(open)-1]++
			sum++
		}
		if sum+len(open) > maxNesting {
			return fmt.Errorf("nested too deeply, line %d", t.Range.Start.Line)
		}
	}
	return nil
}

// shallowJSON is shallow for JSON that is valid.
func shallowJSON(body []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{', c == '[':
			if depth++; depth > maxJSON {
				return false
			}
		case c == '}', c == ']':
			depth--
		}
	}
	return true
}
