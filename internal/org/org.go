// Package org is the one knowledge of who we are: what belongs to us, whom we trust, and who may act for us.
//
// It comes from the org section of the configuration, and is completed by what a run learns,
// such as the accounts whose logs were given.
// Everything that is called external anywhere is decided here.
package org

// An Org is who we are. Its fields are the org section of the configuration; every one may be empty.
type Org struct {
	Domains      []string `yaml:"domains"`
	Networks     []string `yaml:"networks"`
	Issuers      []Issuer `yaml:"issuers"`
	SAML         []SAML   `yaml:"saml"`
	DNS          DNS      `yaml:"dns"`
	Hosts        []string `yaml:"hosts"`
	Registries   []string `yaml:"registries"`
	Repositories []string `yaml:"repositories"`
	Storage      Storage  `yaml:"storage"`
	Limits       Limits   `yaml:"limits"`
	AWS          AWS      `yaml:"aws"`
	Azure        Azure    `yaml:"azure"`
	GCP          GCP      `yaml:"gcp"`

	// Learned from the input of this run, used only where the configuration names no account.
	Seen map[string]bool `yaml:"-"`

	// Home is the account that a plan deploys to, ours whatever the configuration says; empty outside plans.
	Home string `yaml:"-"`

	// Away stands in a plan for an account that its code does not name; empty outside plans.
	Away string `yaml:"-"`
}

// An Issuer is an identity provider whose tokens may open our roles.
type Issuer struct {
	Issuer    string   `yaml:"issuer"`
	Subjects  []string `yaml:"subjects"`
	Audiences []string `yaml:"audiences"`
	Condition string   `yaml:"condition"`
}

// SAML is a SAML identity provider of ours, with the SHA-256 of its signing certificates.
type SAML struct {
	EntityID     string   `yaml:"entity_id"`
	Certificates []string `yaml:"certificates"`
}

// DNS says which zones are ours and where their names may point.
type DNS struct {
	Zones   []string `yaml:"zones"`
	Targets []string `yaml:"targets"`
}

// Storage names what must not be shortened or emptied.
type Storage struct {
	Protected     []string `yaml:"protected"`
	RetentionDays int64    `yaml:"retention_days"`
}

// Limits are the longest lives that credentials may have, in days (certificates: years).
type Limits struct {
	SecretDays              int64 `yaml:"secret_days"`
	KeyDays                 int64 `yaml:"key_days"`
	RefreshTokenDays        int64 `yaml:"refresh_token_days"`
	SigningCertificateYears int64 `yaml:"signing_certificate_years"`
}

// AWS is the AWS part of who we are. Names of roles and users are ARNs, with * as a wildcard.
type AWS struct {
	Organization string       `yaml:"organization"`
	Accounts     []string     `yaml:"accounts"`
	Vendors      []Vendor     `yaml:"vendors"`
	Pipelines    []string     `yaml:"pipelines"`
	BreakGlass   []string     `yaml:"break_glass"`
	Images       []string     `yaml:"images"`
	Boundary     string       `yaml:"boundary"`
	Regions      []string     `yaml:"regions"`
	Credentials  []Credential `yaml:"credentials"`
}

// A Vendor is a third party that we let in, from one account and with one external id.
type Vendor struct {
	Name       string `yaml:"name"`
	Account    string `yaml:"account"`
	ExternalID string `yaml:"external_id"`
}

// A Credential is a long-lived key that we know of, with an owner and an end.
type Credential struct {
	User  string `yaml:"user"`
	Owner string `yaml:"owner"`
	Until string `yaml:"until"`
}

// Azure is the Azure, Entra and Microsoft 365 part of who we are.
type Azure struct {
	Tenant            string            `yaml:"tenant"`
	Subscriptions     []string          `yaml:"subscriptions"`
	Partners          []Partner         `yaml:"partners"`
	Pipelines         []string          `yaml:"pipelines"`
	BreakGlass        []string          `yaml:"break_glass"`
	Galleries         []string          `yaml:"galleries"`
	AdminGroups       []string          `yaml:"admin_groups"`
	Applications      []string          `yaml:"applications"`
	ConditionalAccess ConditionalAccess `yaml:"conditional_access"`
}

// A Partner is another tenant that we work with.
type Partner struct {
	Name   string `yaml:"name"`
	Tenant string `yaml:"tenant"`
}

// ConditionalAccess holds what our Conditional Access policies are expected to enforce.
type ConditionalAccess struct {
	MaxSignInFrequencyHours int64 `yaml:"max_sign_in_frequency_hours"`
	BlockDeviceCode         bool  `yaml:"block_device_code"`
}

// GCP is the Google Cloud and Workspace part of who we are.
type GCP struct {
	Organization   string    `yaml:"organization"`
	Customer       string    `yaml:"customer"`
	Projects       []Project `yaml:"projects"`
	Pipelines      []string  `yaml:"pipelines"`
	BreakGlass     []string  `yaml:"break_glass"`
	Images         []string  `yaml:"images"`
	OAuthClients   []string  `yaml:"oauth_clients"`
	SessionSeconds int64     `yaml:"session_seconds"`
}

// A Project is one of our Google Cloud projects, under both of its names.
type Project struct {
	ID     string `yaml:"id"`
	Number string `yaml:"number"`
}
