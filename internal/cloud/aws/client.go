// Package aws reads logs live from AWS: buckets, the event history, and log groups.
//
// Its types are sources of bytes, like files; what the bytes mean is decided elsewhere.
// Credentials, regions and endpoints come from where the AWS command line takes them.
package aws

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
)

// attempts bounds the retries of one call. The SDK waits longer before each.
const attempts = 8

// A Window limits what is read to events from Since on, before Until. Zero times do not limit.
type Window struct{ Since, Until time.Time }

// load reads the configuration of a profile; an empty one is the default.
func load(ctx context.Context, profile string) (aws.Config, error) {
	opts := []func(*config.LoadOptions) error{
		config.WithRetryer(func() aws.Retryer {
			return retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
				o.StandardOptions = append(o.StandardOptions, func(s *retry.StandardOptions) { s.MaxAttempts = attempts })
			})
		}),
	}
	if profile != "" {
		opts = append(opts, config.WithSharedConfigProfile(profile))
	}
	cfg, err := config.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return cfg, fmt.Errorf("load AWS configuration: %w", err)
	}
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	return cfg, nil
}
