package finding

// A Trace is what the lineage says of a clue: where it came from, what it led to, and what of that still stands.
type Trace struct {
	Version   int        `json:"version"`
	Verb      string     `json:"verb"`
	Coverage  Coverage   `json:"coverage"`
	Clue      Clue       `json:"clue"`
	Origin    []Step     `json:"origin"`    // backwards, one list of steps after another for several beginnings
	Units     []Unit     `json:"units"`     // credentials and sessions that belong to it, in order of time
	Resources []Touched  `json:"resources"` // what they made and changed, in order of time
	Attempts  []Deed     `json:"attempts"`  // what they tried and were refused
	Stops     []Stop     `json:"stops"`     // where the spread was not followed
	Proposals []Proposal `json:"proposals"` // weak joins: for a person to decide
}

// Clue is what was asked for.
type Clue struct {
	Text string `json:"text"`
	What string `json:"what"` // access key, event, address, principal, session, resource, finding, case
}

// Step is one step back.
type Step struct {
	Unit    string `json:"unit"`
	How     string `json:"how"`     // opened, made; empty at the end of the walk
	From    string `json:"from"`    // the unit that it came out of
	Through string `json:"through"` // the resource between them
	Join    string `json:"join"`    // exact strong cross weak
	EventID string `json:"eventId"`
	Time    Time   `json:"time"`
	End     string `json:"end"` // why the log goes no further back
}

// Unit is a credential or a session: that which taint belongs to.
type Unit struct {
	ID         string `json:"id"`
	Principal  string `json:"principal"`
	Credential string `json:"credential"`
	Session    string `json:"session"`
	Account    string `json:"account"`
	Since      Time   `json:"since"` // its deeds from then on count
	Until      Time   `json:"until"` // when it expires, as far as is known
	From       string `json:"from"`  // the unit that it came out of; empty for a beginning
	Through    string `json:"through"`
	Join       string `json:"join"`
	EventID    string `json:"eventId"`
}

// Touched is a resource that the units changed.
type Touched struct {
	Key      string   `json:"key"`
	Kind     string   `json:"kind"`
	Title    string   `json:"title"`
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Account  string   `json:"account"`
	Region   string   `json:"region"`
	Made     bool     `json:"made"` // by them; otherwise it was there, and they changed it
	State    string   `json:"state"`
	Why      string   `json:"why"`
	Deeds    []Deed   `json:"deeds"`
	Findings []string `json:"findings"`
}

// Deed is one thing that a unit did, or tried.
type Deed struct {
	Unit    string `json:"unit"`
	Does    string `json:"does"` // create change delete use restore
	Service string `json:"service"`
	Event   string `json:"event"`
	EventID string `json:"eventId"`
	Time    Time   `json:"time"`
	Origin  string `json:"origin"`
	Target  string `json:"target"`
	Failure string `json:"failure"`
}

// Stop is where the spread was not followed, and why.
type Stop struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

// Proposal is another unit that may belong to the intruder.
type Proposal struct {
	Unit  string `json:"unit"`
	Why   string `json:"why"`
	Deeds int    `json:"deeds"`
}
