package evict_test

import (
	"fmt"
	"testing"
	"time"

	"oust/internal/catalog"
	"oust/internal/catalogtest"
	"oust/internal/event"
	"oust/internal/org"
	"oust/internal/relate"
	"oust/internal/resource"
	"oust/internal/state"
)

// million is a state of a million changes: a thousand chains of credentials, each making a hundred keys and nine hundred policies.
func million(b *testing.B) *relate.Graph {
	b.Helper()
	cat, env := catalogtest.Open(b)
	keys, err := cat.Kind("aws.iam.access_key")
	if err != nil {
		b.Fatal(err)
	}
	grants, err := cat.Kind("aws.iam.inline_policy")
	if err != nil {
		b.Fatal(err)
	}
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var changes []*resource.Change
	n := 0
	change := func(k *catalog.Kind, id string, by *event.Actor) {
		n++
		e := &event.Event{ID: fmt.Sprint(n), Time: start.Add(time.Duration(n) * time.Second), Name: "Create", Account: home, Actor: by}
		changes = append(changes, &resource.Change{
			Kind: &k.Kind, Key: k.Key(id, home, "us-east-1"), Does: resource.Create, Event: e,
			Set: []resource.Setting{{Field: k.ID, Value: id}},
		})
	}
	for chain := range 1000 {
		actor := func(hop int) *event.Actor {
			id := fmt.Sprintf("AKIA%06d%010d", chain, hop)
			return &event.Actor{Type: "IAMUser", Name: id, Principal: "arn:aws:iam::" + home + ":user/" + id, Account: home, Credential: id}
		}
		for hop := range 100 {
			by := actor(hop)
			change(keys, fmt.Sprintf("AKIA%06d%010d", chain, hop+1), by)
			for i := range 9 {
				change(grants, fmt.Sprintf("user u%d p%d-%d", chain, hop, i), by)
			}
		}
	}
	g, err := relate.New(state.New(changes), relate.Options{Catalog: cat, Env: env, Org: &org.Org{}, Now: start})
	if err != nil {
		b.Fatal(err)
	}
	return g
}

// BenchmarkClosure follows one key through a hundred hops and a thousand changes among a million.
func BenchmarkClosure(b *testing.B) {
	g := million(b)
	clue, err := g.Clue("AKIA0005000000000000", nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for range b.N {
		c := g.Forward(clue.Units)
		if len(c.Touched) != 1000 {
			b.Fatalf("%d resources", len(c.Touched))
		}
	}
}
