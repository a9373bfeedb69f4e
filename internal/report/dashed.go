package report

import (
	"regexp"
	"strings"
)

// The AWS CLI writes CreateDBInstance as create-db-instance. Its rules, in their order: a word begins at a capital that
// lower case follows, and behind a lower case letter or a digit; a few names do not follow them.
var (
	wordStart = regexp.MustCompile(`(.)([A-Z][a-z]+)`)
	wordEnd   = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	plural    = regexp.MustCompile(`([A-Z]{2,})s$`)
)

// Dashed is the form that an operation or a parameter has on the command line of the AWS CLI.
func Dashed(name string) string {
	if m := plural.FindStringSubmatch(name); m != nil && name != m[0] { // such as SourceARNs
		head := strings.TrimSuffix(name, m[0])
		return Dashed(head) + "-" + strings.ToLower(m[0])
	}
	s := wordStart.ReplaceAllString(name, "${1}-${2}")
	s = wordEnd.ReplaceAllString(s, "${1}-${2}")
	return strings.ToLower(s)
}
