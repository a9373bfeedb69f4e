package cloudformation

import (
	"fmt"
	"slices"
	"strings"

	"oust/internal/plan"
)

// A parameter as a template declares it.
type parameter map[string]any

func (s *stack) parameter(name string) parameter {
	p, _ := s.section("Parameters")[name].(map[string]any)
	return p
}

// left gives the allowed values that a world has not barred; nil when any value is allowed.
func (p parameter) left(barred []string) []string {
	allowed, ok := p["AllowedValues"].([]any)
	if !ok {
		return nil
	}
	out := []string{}
	for _, a := range allowed {
		if t, ok := plainText(a); ok && !slices.Contains(barred, t) {
			out = append(out, t)
		}
	}
	return out
}

func (p parameter) kind() string {
	k, _ := p["Type"].(string)
	return k
}

func (p parameter) secret() bool {
	return p["NoEcho"] == true || p["NoEcho"] == "true"
}

// parameterValue is what a reference to a parameter gives.
func (e eval) parameterValue(name string, p parameter) any {
	v := e.openParameter(name, p)
	if p.secret() {
		if _, already := v.(plan.Secret); !already {
			return plan.Secret{Value: v}
		}
	}
	return v
}

func (e eval) openParameter(name string, p parameter) any {
	key := e.s.prefix + name
	e.w.uses += len(e.w.barred[key])
	if text, ok := e.w.bound[key]; ok {
		e.w.uses++
		return p.typed(text)
	}
	if given, ok := e.s.given[name]; ok {
		return e.fromAbove(given, p)
	}
	if left := p.left(e.w.barred[key]); len(left) == 1 {
		return p.typed(left[0])
	}
	if e.strict {
		return plan.Unknown{Why: "parameter " + key + " is chosen at deployment"}
	}
	text, ok := plainText(p["Default"])
	if !ok {
		return plan.Unknown{Why: "parameter " + key + " has no default"}
	}
	if slices.Contains(e.w.barred[key], text) {
		return plan.Unknown{Why: "parameter " + key + " is not its default here"}
	}
	e.w.take("parameter " + key + " keeps its default")
	return p.typed(text)
}

// fromAbove is a parameter that the stack around gives.
func (e eval) fromAbove(given any, p parameter) any {
	v := eval{e.s.up, e.w, e.strict}.value(given)
	if text, ok := v.(string); ok {
		return p.typed(text)
	}
	if items, ok := v.([]any); ok && !p.many() {
		return e.join(",", items)
	}
	return v
}

func (p parameter) many() bool {
	return p.kind() == "CommaDelimitedList" || strings.Contains(p.kind(), "List<")
}

// typed gives the text of a parameter the form of its type.
func (p parameter) typed(text string) any {
	switch {
	case strings.HasPrefix(p.kind(), "AWS::SSM::Parameter::Value"):
		return plan.Unknown{Why: fmt.Sprintf("value of SSM parameter %s", text)}
	case p.many():
		out := []any{}
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, part)
			}
		}
		return out
	}
	return text
}
