package policy

import (
	"sort"
	"strings"

	"oust/internal/org"
)

// Return lists the permissions with which somebody can make themselves a new way back in,
// when they are given on more than a named resource.
var Return = []string{
	"iam:AddUserToGroup", "iam:AttachGroupPolicy", "iam:AttachRolePolicy", "iam:AttachUserPolicy",
	"iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:CreatePolicyVersion", "iam:CreateRole", "iam:CreateUser",
	"iam:PassRole", "iam:PutGroupPolicy", "iam:PutRolePolicy", "iam:PutUserPolicy",
	"iam:SetDefaultPolicyVersion", "iam:UpdateAssumeRolePolicy", "iam:UpdateLoginProfile",
	"sso:CreateAccountAssignment", "sts:AssumeRole",
}

// Admin reports whether the document allows everything on everything, without a condition.
func (d *Document) Admin() bool {
	for _, s := range d.Statements {
		if s.Deny || len(s.Conditions) > 0 || !everyResource(s) {
			continue
		}
		if s.NotAction {
			return true // everything but a few actions
		}
		for _, a := range s.Actions {
			if a == "*" || a == "*:*" {
				return true
			}
		}
	}
	return false
}

// Allows reports whether some statement allows the action on some resource.
func (d *Document) Allows(action string) bool {
	for _, s := range d.Statements {
		if !s.Deny && matchAction(s.Actions, action) != s.NotAction {
			return true
		}
	}
	return false
}

// Returns lists the permissions of Return that the document gives on more than named resources, in order.
func (d *Document) Returns() (out []string) {
	for _, action := range Return {
		for _, s := range d.Statements {
			if !s.Deny && anyResource(s) && matchAction(s.Actions, action) != s.NotAction {
				out = append(out, action)
				break
			}
		}
	}
	return out
}

// Actions lists what the document allows, as written, each once.
func (d *Document) Actions() []string {
	seen := map[string]bool{}
	for _, s := range d.Statements {
		if s.Deny {
			continue
		}
		for _, a := range s.Actions {
			if s.NotAction {
				a = "all but " + a
			}
			seen[a] = true
		}
	}
	out := make([]string, 0, len(seen))
	for a := range seen {
		out = append(out, a)
	}
	sort.Strings(out)
	return out
}

// strangers are resources that no policy names: a pattern that takes one in takes in what its author did not think of.
var strangers = []string{
	"arn:aws:iam::%:role/8f0c-stranger", "arn:aws:iam::%:user/8f0c-stranger", "arn:aws:iam::%:policy/8f0c-stranger",
	"arn:aws:iam::%:role/service/8f0c-stranger",
}

// anyResource reports whether a statement reaches identities that it does not name.
func anyResource(s Statement) bool {
	if s.NotResource {
		return true
	}
	for _, pattern := range s.Resources {
		account := arnAccount(pattern)
		if !isAccount(account) {
			account = "000000000000"
		}
		for _, name := range strangers {
			if org.Glob(pattern, strings.Replace(name, "%", account, 1)) {
				return true
			}
		}
	}
	return false
}

// everyResource reports whether a statement reaches everything there is.
func everyResource(s Statement) bool {
	for _, pattern := range s.Resources {
		if org.Glob(pattern, "arn:aws:iam::000000000000:role/x") && org.Glob(pattern, "arn:aws:s3:::x/y") {
			return true
		}
	}
	return false
}

func matchAction(patterns []string, action string) bool {
	action = strings.ToLower(action)
	for _, p := range patterns {
		if org.Glob(strings.ToLower(p), action) {
			return true
		}
	}
	return false
}
