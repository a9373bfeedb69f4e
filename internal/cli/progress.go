package cli

import (
	"fmt"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"oust/internal/hunt"
)

// progress shows how far a hunt is, on a terminal's standard error only.
// The returned function takes the line away again.
func (a *app) progress(p *hunt.Progress) (stop func()) {
	width, tty := terminal(a.err)
	if !tty || a.quiet {
		return func() {}
	}
	bars := mpb.New(mpb.WithOutput(a.err), mpb.WithWidth(min(width, 100)), mpb.WithRefreshRate(150*time.Millisecond))
	bar := bars.New(0, mpb.NopStyle(), mpb.BarRemoveOnComplete(), mpb.PrependDecorators(
		decor.CountersKibiByte("% .0f of % .0f"),
		decor.AverageSpeed(decor.SizeB1024(0), "  % .0f"),
		decor.OnComplete(decor.AverageETA(decor.ET_STYLE_GO, decor.WC{W: 8}), ""),
		decor.Any(func(decor.Statistics) string {
			return fmt.Sprintf("  %d events, %d changes kept", p.Events.Load(), p.Changes.Load())
		}),
	))
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				bar.SetTotal(max(p.Total.Load(), p.Bytes.Load()+1), false)
				bar.SetCurrent(p.Bytes.Load())
			}
		}
	}()
	return func() {
		close(done)
		bar.Abort(true)
		bars.Wait()
	}
}
