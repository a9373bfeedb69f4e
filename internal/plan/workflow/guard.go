package workflow

import (
	"regexp"
	"slices"
	"strings"
)

// started are the events that start a job, as far as its own condition tells. strangers leaves out those that it takes
// from branches of the repository itself only.
func started(events []string, condition any, strangers bool) []string {
	text, _ := condition.(string)
	text = strings.TrimSpace(text)
	if inner, ok := strings.CutPrefix(text, "${{"); ok {
		text = strings.TrimSuffix(inner, "}}")
	}
	for _, c := range parts(text, "&&") {
		allowed := parts(c, "||")
		events = slices.DeleteFunc(slices.Clone(events), func(event string) bool {
			return !slices.ContainsFunc(allowed, func(a string) bool { return passes(a, event, strangers) })
		})
	}
	return events
}

// parts splits a condition at an operator outside of brackets and quotes, and takes brackets off.
func parts(s, operator string) (out []string) {
	s = strings.TrimSpace(s)
	depth, quoted, from := 0, false, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case depth == 0 && strings.HasPrefix(s[i:], operator):
			out = append(out, s[from:i])
			from = i + len(operator)
			i = from - 1
		}
	}
	out = append(out, s[from:])
	if bare := unbracket(s); len(out) == 1 && bare != s {
		return parts(bare, operator)
	}
	return out
}

// unbracket takes off brackets around a whole condition.
func unbracket(s string) string {
	for s = strings.TrimSpace(s); strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")") && closes(s); {
		s = strings.TrimSpace(s[1 : len(s)-1])
	}
	return s
}

// closes reports whether the first bracket is closed by the last one.
func closes(s string) bool {
	depth := 0
	for i, c := range s {
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 && i < len(s)-1 {
				return false
			}
		}
	}
	return depth == 0
}

var (
	eventIs  = regexp.MustCompile(`^github\.event_name\s*(==|!=)\s*'([a-z_]+)'$`)
	tagsOnly = regexp.MustCompile(`^(github\.ref\s*==\s*'refs/tags/[^']*'|startsWith\(\s*github\.ref\s*,\s*'refs/tags/[^']*'\s*\)|github\.ref_type\s*==\s*'tag')$`)
	sameRepo = regexp.MustCompile(`^(github\.event\.pull_request\.head\.repo\.full_name\s*==\s*github\.repository|github\.repository\s*==\s*github\.event\.pull_request\.head\.repo\.full_name|github\.event\.pull_request\.merged(\s*==\s*true)?)$`)
	noFork   = regexp.MustCompile(`^(!\s*github\.event\.pull_request\.head\.repo\.fork|github\.event\.pull_request\.head\.repo\.fork\s*==\s*false)$`)
)

// passes reports whether an event may fulfil a part of a condition; one that is not understood, any may.
// Of other events than pull requests, what a condition says about the pull request is null: equal to false, and to no text.
func passes(part, event string, strangers bool) bool {
	part = unbracket(part)
	request := strings.HasPrefix(event, "pull_request")
	if m := eventIs.FindStringSubmatch(part); m != nil {
		return (event == m[2]) == (m[1] == "==")
	}
	switch {
	case tagsOnly.MatchString(part):
		return event == "push" || event == "release" || event == "create" || event == "workflow_dispatch" || event == "workflow_call"
	case sameRepo.MatchString(part):
		return request && !strangers
	case noFork.MatchString(part):
		return !request || !strangers
	}
	return true
}
