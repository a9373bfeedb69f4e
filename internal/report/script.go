package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"oust/internal/finding"
)

// Script writes a plan as a shell script of AWS CLI commands. Run as it is, it prints them; with --run it asks before each,
// checks the account, and stops at the first that fails.
func Script(w io.Writer, p *finding.Eviction) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, scriptHead, p.ID[:12], p.Created.UTC().Format("2006-01-02 15:04 MST"), Visible(p.Clue.What+" "+p.Clue.Text))
	for _, s := range p.Warnings {
		fmt.Fprintf(b, "# ! %s\n", Visible(s))
	}
	phase, account := "", ""
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.PhaseName != phase {
			phase = s.PhaseName
			fmt.Fprintf(b, "\n# ==== %d %s\n", s.Phase, phase)
		}
		if s.Account != "" && s.Account != account {
			account = s.Account
			fmt.Fprintf(b, "\naccount %s\n", quote(account))
		}
		scriptStep(b, s)
	}
	return b.Flush()
}

const scriptHead = `#!/usr/bin/env bash
# Eviction plan %s, made %s from %s.
# Run as it is, this prints every command and does nothing. With --run it asks before each one.
# Stopping half-way is safe: every step can be undone by the command under it, and the order only ever closes doors.
set -euo pipefail
run=${1:-}

account() { # the account that the next commands are for
  [ "$run" = --run ] || { printf '\n# account %%s\n' "$1"; return 0; }
  local is
  is=$(aws sts get-caller-identity --query Account --output text)
  [ "$is" = "$1" ] || { read -rp "These credentials are for $is. Switch to $1 in AWS_PROFILE: profile? " AWS_PROFILE; export AWS_PROFILE; account "$1"; }
}

step() { # id, then a command
  local id=$1; shift
  printf '%%s  ' "$id" >&2; printf '%%q ' "$@" >&2; printf '\n' >&2
  [ "$run" = --run ] || return 0
  local yes
  read -rp "run $id? [y/N] " yes </dev/tty
  [ "$yes" = y ] || { echo "stopped before $id" >&2; exit 1; }
  "$@"
}

`

func scriptStep(b *bufio.Writer, s *finding.EvictStep) {
	fmt.Fprintf(b, "\n# %s  %s\n", s.ID, Visible(s.Title))
	for _, e := range s.Why[:min(3, len(s.Why))] {
		fmt.Fprintf(b, "#   why     %s, event %s\n", Visible(e.Why), Visible(e.EventID))
	}
	for _, o := range s.Blast.Others[:min(3, len(s.Blast.Others))] {
		fmt.Fprintf(b, "#   hits    %s\n", Visible(o))
	}
	if s.Note != "" {
		fmt.Fprintf(b, "#   note    %s\n", Visible(s.Note))
	}
	if s.Hint != "" {
		fmt.Fprintf(b, "#   code    %s\n", Visible(s.Hint))
	}
	if s.Group != "" {
		fmt.Fprintf(b, "#   at once with every other step of %s\n", s.Group)
	}
	if s.Call == nil {
		scriptOwn(b, s)
		return
	}
	if len(s.Missing) > 0 {
		for _, m := range s.Missing {
			fmt.Fprintf(b, "#   READ FIRST  %s is not in the log (%s)\n", Visible(m.Param), Visible(m.Why))
			if m.Read != nil {
				fmt.Fprintf(b, "#     %s\n", Visible(Command(m.Read, s.Region, "")))
			}
		}
		fmt.Fprintf(b, "# %s\n", Visible(Command(s.Call, s.Region, "")))
		return
	}
	command := Command(s.Call, s.Region, s.Query)
	if s.Out != "" {
		fmt.Fprintf(b, "%s=$(step %s %s)\n", s.Out, s.ID, command)
	} else {
		fmt.Fprintf(b, "step %s %s\n", s.ID, command)
	}
	if s.Undo != nil {
		fmt.Fprintf(b, "#   undo    %s\n", Visible(Command(s.Undo, s.Region, "")))
	} else {
		fmt.Fprintf(b, "#   undo    %s\n", Visible(s.Reversibility))
	}
	if v := s.Verify; v != nil && v.Call != nil {
		want := v.Error
		if want == "" {
			want = v.Is
		}
		fmt.Fprintf(b, "#   verify  %s  # %s\n", Visible(Command(v.Call, s.Region, v.Query)), Visible(want))
	}
}

// scriptOwn writes the steps that are no call.
func scriptOwn(b *bufio.Writer, s *finding.EvictStep) {
	if s.Out == "CUTOFF" {
		b.WriteString("[ \"$run\" = --run ] && sleep 20\nCUTOFF=$(date -u +%Y-%m-%dT%H:%M:%SZ)\n")
	}
}

var placeholder = regexp.MustCompile(`<([A-Z][A-Z0-9_]*)>`)

// Command is a call as a command of the AWS CLI. <NAME> becomes the shell variable.
func Command(c *finding.Call, region, query string) string {
	service, op, _ := strings.Cut(c.Operation, ":")
	words := []string{"aws", service, Dashed(op)}
	names := make([]string, 0, len(c.Params))
	for name := range c.Params {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		words = append(words, flag(name, c.Params[name])...)
	}
	if region != "" {
		words = append(words, "--region", quote(region))
	}
	if query != "" {
		words = append(words, "--query", quote(query), "--output", "text")
	}
	return strings.Join(words, " ")
}

func flag(name string, v any) []string {
	long := "--" + Dashed(name)
	switch v := v.(type) {
	case bool:
		if !v {
			return []string{"--no-" + Dashed(name)}
		}
		return []string{long}
	case string:
		return []string{long, quote(v)}
	}
	b, err := json.Marshal(v)
	if err != nil {
		return []string{long, quote(fmt.Sprint(v))}
	}
	return []string{long, quote(string(b))}
}

var plain = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=-]+$`)

// quote makes one word of the shell out of any text; control characters stay what they are, inside the quotes.
func quote(s string) string {
	if plain.MatchString(s) {
		return s
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return ansi(s)
	}
	s = "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	return placeholder.ReplaceAllString(s, `'"$$$1"'`)
}

// ansi quotes a text with control characters, which must not reach the terminal of whoever reads the script.
func ansi(s string) string {
	var b strings.Builder
	b.WriteString("$'")
	for _, r := range s {
		switch {
		case r == '\\' || r == '\'':
			b.WriteString("\\" + string(r))
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, "\\x%02x", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + "'"
}
