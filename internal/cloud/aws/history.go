package aws

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	accounttypes "github.com/aws/aws-sdk-go-v2/service/account/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"golang.org/x/time/rate"

	"oust/internal/source"
)

// History is the event history that CloudTrail keeps for 90 days without a trail, in every region of an account.
type History struct {
	Profile string
	Window  Window
	Limit   rate.Limit // calls a second and region; zero: what AWS allows
}

// lookupLimit is the rate that LookupEvents allows, per account and region.
const lookupLimit = 2

// Items lists one stream for every region.
func (h *History) Items(ctx context.Context, emit func(source.Item) error, skip func(string, error)) error {
	cfg, err := load(ctx, h.Profile)
	if err != nil {
		return err
	}
	name := "aws:" + h.Profile
	regions, err := regions(ctx, cfg)
	if err != nil {
		skip(name, fmt.Errorf("regions of the account cannot be listed, only %v looked at: %w", regions, err))
	}
	for _, region := range regions {
		in := cfg.Copy()
		in.Region = region
		if err := emit(source.Item{Path: name + "/" + region, Open: func(ctx context.Context) (io.ReadCloser, error) {
			return h.open(ctx, cloudtrail.NewFromConfig(in)), nil
		}}); err != nil {
			return err
		}
	}
	return nil
}

// regions lists the regions that are switched on; with an error, those that can be known without asking.
// Global services write to us-east-1.
func regions(ctx context.Context, cfg aws.Config) (out []string, err error) {
	out = []string{"us-east-1"}
	if cfg.Region != "us-east-1" {
		out = append(out, cfg.Region)
	}
	pages := account.NewListRegionsPaginator(account.NewFromConfig(cfg), &account.ListRegionsInput{
		RegionOptStatusContains: []accounttypes.RegionOptStatus{accounttypes.RegionOptStatusEnabled, accounttypes.RegionOptStatusEnabledByDefault},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return out, fmt.Errorf("account:ListRegions: %w", err)
		}
		for _, r := range page.Regions {
			if name := aws.ToString(r.RegionName); !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out, nil
}

// open streams the records of one region, one a line.
func (h *History) open(ctx context.Context, client *cloudtrail.Client) io.ReadCloser {
	limit := h.Limit
	if limit == 0 {
		limit = lookupLimit
	}
	wait := rate.NewLimiter(limit, 1)
	in := &cloudtrail.LookupEventsInput{MaxResults: aws.Int32(50), StartTime: when(h.Window.Since), EndTime: when(h.Window.Until)}
	return newPages(ctx, func(ctx context.Context) ([]byte, bool, error) {
		if err := wait.Wait(ctx); err != nil {
			return nil, false, err
		}
		out, err := client.LookupEvents(ctx, in)
		if err != nil {
			return nil, false, fmt.Errorf("cloudtrail:LookupEvents: %w", err)
		}
		var b bytes.Buffer
		for _, e := range out.Events {
			b.WriteString(aws.ToString(e.CloudTrailEvent))
			b.WriteByte('\n')
		}
		in.NextToken = out.NextToken
		return b.Bytes(), out.NextToken != nil, nil
	})
}

func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
