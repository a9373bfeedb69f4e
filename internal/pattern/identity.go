package pattern

// A service is one whose calls make, change or use identities.
type service struct {
	source string // as EventBridge names it
	host   string // as CloudTrail does
	detail string
	names  []string
}

// event is what is known of a call before it is made.
func (s service) event(name string) Event {
	return Event{"source": s.source, "detail-type": s.detail, "version": "0", "detail": Event{"eventSource": s.host, "eventName": name}}
}

const called = "AWS API Call via CloudTrail"

// calls are the calls that a backdoor waits for to repair itself, or to open the next door.
var calls = []service{
	{"aws.iam", "iam.amazonaws.com", called, []string{
		"CreateUser", "UpdateUser", "DeleteUser", "CreateRole", "UpdateRole", "DeleteRole", "CreateGroup", "DeleteGroup",
		"CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey", "CreateLoginProfile", "UpdateLoginProfile", "DeleteLoginProfile",
		"AttachUserPolicy", "AttachRolePolicy", "AttachGroupPolicy", "DetachUserPolicy", "DetachRolePolicy", "DetachGroupPolicy",
		"PutUserPolicy", "PutRolePolicy", "PutGroupPolicy", "DeleteUserPolicy", "DeleteRolePolicy", "DeleteGroupPolicy",
		"UpdateAssumeRolePolicy", "CreatePolicy", "DeletePolicy", "CreatePolicyVersion", "SetDefaultPolicyVersion", "AddUserToGroup", "RemoveUserFromGroup",
		"CreateVirtualMFADevice", "EnableMFADevice", "DeactivateMFADevice", "CreateSAMLProvider", "UpdateSAMLProvider", "CreateOpenIDConnectProvider"}},
	{"aws.sts", "sts.amazonaws.com", called, []string{"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "GetFederationToken", "GetSessionToken"}},
	{"aws.signin", "signin.amazonaws.com", "AWS Console Sign In via CloudTrail", []string{"ConsoleLogin"}},
	{"aws.sso", "sso.amazonaws.com", called, []string{"CreateAccountAssignment", "DeleteAccountAssignment", "CreatePermissionSet"}},
	{"aws.sso-directory", "sso-directory.amazonaws.com", called, []string{"CreateUser", "DeleteUser", "UpdatePassword"}},
	{"aws.organizations", "organizations.amazonaws.com", called, []string{"CreateAccount", "AttachPolicy", "DetachPolicy", "InviteAccountToOrganization"}},
}
