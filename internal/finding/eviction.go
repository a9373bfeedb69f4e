package finding

// An Eviction is a plan to take away everything that an intruder left. Nothing of it has been done.
type Eviction struct {
	Version   int         `json:"version"`
	Verb      string      `json:"verb"`
	ID        string      `json:"id"` // hash of the steps: an approval is bound to it
	Created   Time        `json:"created"`
	Clue      Clue        `json:"clue"`
	Story     string      `json:"story"`
	Accounts  []string    `json:"accounts"`
	Coverage  Coverage    `json:"coverage"`
	Warnings  []string    `json:"warnings"` // what to settle before the first step
	Steps     []EvictStep `json:"steps"`    // in the order in which they are done
	LeftAlone []Stop      `json:"leftAlone"`
	Explained []Settled   `json:"explained"` // what the intruder touched, and why no step stands for it
	Findings  []string    `json:"findings"`
}

// Settled is a resource that needs no step.
type Settled struct {
	Resource string   `json:"resource"`
	State    string   `json:"state"`
	Why      string   `json:"why"`
	Findings []string `json:"findings"`
}

// EvictStep is one act.
type EvictStep struct {
	ID            string     `json:"id"` // phase and number: 05-003
	Phase         int        `json:"phase"`
	PhaseName     string     `json:"phaseName"`
	Group         string     `json:"group,omitempty"` // steps of one group are done at once
	Cloud         string     `json:"cloud"`
	Account       string     `json:"account"`
	Region        string     `json:"region"`
	Target        Resource   `json:"target"`
	Title         string     `json:"title"`                      // in one line, for people
	Call          *Call      `json:"call" jsonschema:"nullable"` // nil: something that a person or oust itself does
	Out           string     `json:"out,omitempty"`              // later steps write the value as <NAME>
	Query         string     `json:"query,omitempty"`            // where in the answer it is
	Missing       []Missing  `json:"missing"`                    // parameters that have to be read first
	Why           []Evidence `json:"why"`                        // the events that it answers
	Join          string     `json:"join"`
	Confidence    string     `json:"confidence"`                // high, medium
	Pre           *Condition `json:"pre" jsonschema:"nullable"` // must hold before, else the plan is stale
	Save          *Call      `json:"save" jsonschema:"nullable"`
	Undo          *Call      `json:"undo" jsonschema:"nullable"`
	Reversibility string     `json:"reversibility"` // full, window:30d, reissue, none
	Verify        *Condition `json:"verify" jsonschema:"nullable"`
	DependsOn     []string   `json:"dependsOn"`
	Blast         Blast      `json:"blast"`
	Approval      Approval   `json:"approval"`
	Hint          string     `json:"hint,omitempty"` // code that would put it back
	Note          string     `json:"note,omitempty"`
	Findings      []string   `json:"findings"`
	Status        string     `json:"status"` // planned
}

// Call is an operation of a cloud and its parameters, in the spelling of its API.
type Call struct {
	Operation string         `json:"operation"` // command of the AWS CLI and operation: iam:DeleteUser
	Params    map[string]any `json:"params"`
}

// Missing is a parameter whose value is not in the log.
type Missing struct {
	Param string `json:"param"`
	Why   string `json:"why"`
	Read  *Call  `json:"read" jsonschema:"nullable"` // what tells it
}

// Condition is a question and the answer that it must have.
type Condition struct {
	Call    *Call  `json:"call" jsonschema:"nullable"`
	Query   string `json:"query,omitempty"` // JMESPath
	Is      string `json:"is,omitempty"`
	Error   string `json:"error,omitempty"` // the error that the call must end with
	Poll    string `json:"poll"`
	Timeout string `json:"timeout"`
}

// Blast is who else is hit by a step.
type Blast struct {
	Others []string `json:"others"` // who used or changed it and does not belong to the intruder, the latest first
	Last   Time     `json:"last"`   // when one of them last did
	Note   string   `json:"note"`
}

// Approval says who has to agree.
type Approval struct {
	N    int    `json:"n"`
	Role string `json:"role"`
	Type bool   `json:"type"` // and type the name of the target
}
