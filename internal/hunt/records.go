package hunt

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sync"

	"oust/internal/decode"
	"oust/internal/decode/cloudtrail"
	"oust/internal/source"
)

// Records reads sources again and returns the records with these ids as they were sent, in order of time, each once.
func Records(ctx context.Context, sources []source.Source, ids map[string]bool) ([][]byte, error) {
	type record struct {
		time, id string
		body     []byte
	}
	var found []record
	seen := map[string]bool{}
	var reader source.Reader
	stream := decode.Stream{Emit: func(r *cloudtrail.Record) {
		if id := string(r.ID); ids[id] && !seen[id] {
			seen[id] = true
			found = append(found, record{string(r.Time), id, bytes.Clone(r.Body)})
		}
	}}
	items := make(chan source.Item, 256)
	var listing error
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		defer close(items)
		_, listing = list(ctx, sources, items, nil)
	}()
	for it := range items {
		// What cannot be read was reported by the hunt.
		_ = reader.Read(ctx, it, func(string) source.Sink {
			stream.Reset()
			return stream.Scan
		})
	}
	wg.Wait()
	slices.SortFunc(found, func(a, b record) int { return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.id, b.id)) })
	out := make([][]byte, len(found))
	for i, r := range found {
		out[i] = bytes.ReplaceAll(r.body, []byte("\n"), []byte(" "))
	}
	return out, listing
}
