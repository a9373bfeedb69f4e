// Package plan holds the noun of planned infrastructure: one resource as code declares it.
//
// Readers (one package a format, below this one) turn files into Resources and decide nothing.
// A part that cannot be told before deployment is Unknown in the tree, never left out and never empty.
package plan

import "context"

// A File is one file that the user named, or that lies in a folder that they named.
type File struct {
	Path string // as the user would write it
	Body []byte
}

// A Reader knows one format.
type Reader interface {
	// Takes tells by content whether a file is of the format. It must be quick and may be wrong only in favour.
	Takes(f *File) bool
	// Read reads all files that it takes, together: modules and templates refer to each other.
	Read(ctx context.Context, files []*File) Result
}

// A Result is what a reader made of its files.
type Result struct {
	Resources []*Resource
	Problems  []Problem
}

// A Problem is something that could not be looked at, with the reason. It is never "nothing found".
type Problem struct {
	At    Place
	What  string // what could not be read, lower case: module "vpc" of registry.example/…
	Needs string // what would settle it: run terraform plan, and give oust the plan
}

// A Place is where something is declared.
type Place struct {
	File string
	Line int // 1-based; 0 when the format has no lines, such as a plan
	End  int // last line
}

// Format names a language of planned infrastructure; it is also the key below `code:` in a resource kind.
type Format string

// The formats. A Terraform plan and HCL source are one: they name the same types and attributes.
const (
	Terraform      Format = "terraform"
	CloudFormation Format = "cloudformation"
	Kubernetes     Format = "kubernetes"
	Workflow       Format = "workflow"
)

// Action is what a deployment would do with a resource.
type Action uint8

// The actions. Source code knows no before: everything in it is a Create of which HasBefore is false.
const (
	Keep Action = iota
	Create
	Update
	Replace
	Delete
)

// Lookup reports whether a data source decides what is run: it is given as a resource of the type data.TYPE, which code keeps.
func Lookup(dataSource string) bool { return dataSource == "aws_ami" || dataSource == "external" }

// ActsAs are the arguments and blocks of a Terraform provider for AWS that say in whose name it works.
var ActsAs = []string{
	"profile", "access_key", "secret_key", "token", "shared_credentials_file", "shared_credentials_files", "shared_config_files",
	"assume_role", "assume_role_with_web_identity",
}

// A Resource is one planned resource.
type Resource struct {
	Format    Format
	Type      string // aws_iam_role, AWS::IAM::Role, v1/ServiceAccount, job
	Address   string // module.a.aws_iam_role.ci["x"], logical id, Kind/namespace/name, file#job
	Action    Action
	Before    any // tree of what stands; nil when nothing does, or when it is not known
	After     any // tree of what is to be; nil for a Delete
	HasBefore bool
	Account   string // Here unless the code names another
	Region    string // HereRegion unless the code names another
	Elsewhere bool   // it is made by way of a provider beside the main one, whose account need not be ours
	At        Place

	// Branch says under which conditions of the code After is what is deployed, such as "IsProd" or "not IsProd".
	// It is empty when there is no condition, or when it can be decided. Several resources of one address
	// are the branches of one declaration, and each of them is judged.
	Branch string
	// Assumes lists what was taken for granted where a deployment may say otherwise: parameter Env keeps its default.
	Assumes []string
}

// A tree is made of map[string]any, []any, string, bool, float64, nil, and the leaves below.
// Attribute names are those of the format: assume_role_policy, AssumeRolePolicyDocument.

// Unknown is a leaf, or a whole subtree, that is not known before deployment.
type Unknown struct {
	Why   string   // known after apply; parameter Env has no default; module could not be read
	Refs  []string // addresses of resources in the same code whose attributes it is made of
	Attr  string   // with one ref and no parts: the attribute that it stands for, such as arn; empty when not told
	Parts []any    // for a text that is known in parts: string and Unknown, in order
}

// Secret is a leaf that code marks as sensitive. It may be judged; it must never be printed.
type Secret struct{ Value any }

// Here stands for the account of the deployment where code asks for it (AWS::AccountId, aws_caller_identity);
// no account has this number. There is an account that a provider beside the main one works in, and that code does not name.
// HereRegion is the region of the deployment.
const (
	Here       = "000000000000"
	There      = "000000000001"
	HereRegion = "here"
)

// Domain is the top of the names that hosts made by the same code are given here, as their own are known after deployment only.
const Domain = "planned"
