package policy

import (
	"slices"
	"sort"
	"strings"

	"oust/internal/org"
)

// Return lists the permissions with which somebody can make themselves a new way back in,
// when they are given on more than a named resource.
var Return = []string{
	"iam:AddUserToGroup", "iam:AttachGroupPolicy", "iam:AttachRolePolicy", "iam:AttachUserPolicy",
	"iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:CreateOpenIDConnectProvider", "iam:CreatePolicyVersion", "iam:CreateRole",
	"iam:CreateSAMLProvider", "iam:CreateServiceSpecificCredential", "iam:CreateUser",
	"iam:PassRole", "iam:PutGroupPolicy", "iam:PutRolePolicy", "iam:PutUserPolicy",
	"iam:SetDefaultPolicyVersion", "iam:UpdateAssumeRolePolicy", "iam:UpdateLoginProfile", "iam:UpdateSAMLProvider",
	"rolesanywhere:CreateTrustAnchor",
	"sso:CreateAccountAssignment", "sts:AssumeRole",
}

// Admin reports whether the document allows everything on everything, identities included.
func (d *Document) Admin() bool {
	admin := false
	for _, s := range d.Statements {
		if !everyResource(s) || !s.says("iam:CreateUser") || !s.wide() {
			continue
		}
		if s.Deny && len(s.Conditions) == 0 {
			return false
		}
		admin = admin || !s.Deny && !slices.ContainsFunc(s.Conditions, func(c Condition) bool { return !harmless(c) })
	}
	return admin
}

// says reports whether the actions of a statement take one in.
func (s Statement) says(action string) bool { return matchAction(s.Actions, action) != s.NotAction }

// wide reports whether a statement speaks of all services.
func (s Statement) wide() bool { return s.NotAction || s.says("s3:x") && s.says("sts:x") }

// harmless reports whether an intruder fulfils a condition without effort.
func harmless(c Condition) bool {
	switch strings.ToLower(c.Key) {
	case "aws:securetransport", "aws:multifactorauthpresent", "aws:multifactorauthage", "aws:requestedregion", "aws:currenttime", "aws:epochtime",
		"aws:useragent", "aws:referer", "aws:viaawsservice":
		return true
	}
	return false
}

// Allows reports whether some statement allows the action on some resource.
func (d *Document) Allows(action string) bool {
	for _, s := range d.Statements {
		if !s.Deny && s.says(action) {
			return true
		}
	}
	return false
}

// Returns lists the permissions of Return that the document gives on more than named resources, in order.
func (d *Document) Returns() (out []string) {
	for _, action := range Return {
		gives := false
		for _, s := range d.Statements {
			if !s.says(action) {
				continue
			}
			if s.Deny && len(s.Conditions) == 0 && everyResource(s) {
				gives = false
				break
			}
			gives = gives || !s.Deny && anyResource(s)
		}
		if gives {
			out = append(out, action)
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
		return !slices.Contains(s.Resources, "*")
	}
	for _, pattern := range s.Resources {
		account := ARNAccount(pattern)
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
	if s.NotResource {
		return !slices.Contains(s.Resources, "*")
	}
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
