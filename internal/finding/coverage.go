package finding

// Coverage is what was looked at and what was not. It is a result, as much as a finding is.
type Coverage struct {
	Files  Files  `json:"files"`
	Events Events `json:"events"`

	Resources int `json:"resources,omitempty"` // planned ones; gate only

	Sources []Source `json:"sources"`
	Unknown []Gap    `json:"unknown"` // what could not be told, and what it would take

	Accepts []Accepted `json:"accepts,omitempty"` // decisions that do not count, or soon will not
}

// Files counts what was opened.
type Files struct {
	Read    int    `json:"read"`
	Bytes   int64  `json:"bytes"` // as stored, before decompression
	Skipped []Skip `json:"skipped"`
}

// Skip is something that was not, or not wholly, read.
type Skip struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`

	Harmless bool `json:"-"` // nothing is lost by it: empty, or read already
}

// Events counts records.
type Events struct {
	Total       int `json:"total"`       // different ones
	Decoded     int `json:"decoded"`     // of a log that is understood
	Undecodable int `json:"undecodable"` // broken, cut off, or too long
	Duplicates  int `json:"duplicates"`  // seen before, counted once
	Unsupported int `json:"unsupported"` // documents of no log that is understood
}

// Source is one log of one account.
type Source struct {
	Cloud   string `json:"cloud"`
	Log     string `json:"log"`
	Account string `json:"account"`
	First   Time   `json:"first"`
	Last    Time   `json:"last"`
	Events  int    `json:"events"`
	Gaps    []Span `json:"gaps"` // silences much longer than usual for this source
}

// Span is a stretch of time.
type Span struct {
	From Time `json:"from"`
	To   Time `json:"to"`
}

// Gap is something that nobody could tell from what was given.
type Gap struct {
	What  string `json:"what"`
	Needs string `json:"needs"`
}

// Complete reports whether everything that was given was read and understood.
func (c *Coverage) Complete() bool {
	for _, s := range c.Files.Skipped {
		if !s.Harmless {
			return false
		}
	}
	return c.Events.Undecodable == 0
}
