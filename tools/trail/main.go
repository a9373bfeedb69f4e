// Command trail makes a tree of CloudTrail logs: background, and the events of a scenario among it.
//
//	go run ./tools/trail -events 1000000 -accounts 4 -days 2 /tmp/trail
//	go run ./tools/trail -events 3000 -start 2026-03-02T02:00:00Z -hours 3 -plant scenarios/stolen-key/attack.jsonl scenarios/stolen-key/logs
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"oust/internal/trail"
)

func main() {
	o := trail.Options{}
	flag.IntVar(&o.Events, "events", 100_000, "how many `events`")
	flag.IntVar(&o.Accounts, "accounts", 1, "in how many `accounts`")
	flag.IntVar(&o.Days, "days", 1, "over how many `days`")
	flag.IntVar(&o.Hours, "hours", 24, "how many `hours` of every day have events")
	start := flag.String("start", "2026-03-02T00:00:00Z", "`time` of the first event")
	flag.Uint64Var(&o.Seed, "seed", 1, "the same seed gives the same bytes")
	plant := flag.String("plant", "", "put the events of this `file` (JSON, one a line) among the others")
	flag.Parse()
	var err error
	if o.Start, err = time.Parse(time.RFC3339, *start); err != nil {
		fmt.Fprintln(os.Stderr, "trail: -start:", err)
		os.Exit(2)
	}
	if err := run(flag.Arg(0), *plant, o); err != nil {
		fmt.Fprintln(os.Stderr, "trail:", err)
		os.Exit(1)
	}
}

func run(dir, plant string, o trail.Options) error {
	if dir == "" {
		return fmt.Errorf("name the folder to write to")
	}
	if plant != "" {
		src, err := os.ReadFile(plant)
		if err != nil {
			return err
		}
		for line := range bytes.Lines(src) {
			if line = bytes.TrimSpace(line); len(line) > 0 {
				p, err := planted(line)
				if err != nil {
					return err
				}
				o.Planted = append(o.Planted, p)
			}
		}
	}
	return trail.Write(context.Background(), dir, o)
}

func planted(line []byte) (trail.Planted, error) {
	var e struct {
		EventTime          time.Time `json:"eventTime"`
		AwsRegion          string    `json:"awsRegion"`
		RecipientAccountID string    `json:"recipientAccountId"`
	}
	if err := json.Unmarshal(line, &e); err != nil {
		return trail.Planted{}, fmt.Errorf("planted event: %w", err)
	}
	return trail.Planted{Account: e.RecipientAccountID, Region: e.AwsRegion, Time: e.EventTime, Text: bytes.Clone(line)}, nil
}
