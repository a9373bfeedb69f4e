package aws

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"oust/internal/source"
)

// LogGroup is a CloudWatch log group that a trail delivers to.
type LogGroup struct {
	Name    string
	Profile string
	Window  Window
}

// Items delivers the one stream.
func (g *LogGroup) Items(ctx context.Context, emit func(source.Item) error, _ func(string, error)) error {
	cfg, err := load(ctx, g.Profile)
	if err != nil {
		return err
	}
	client := cloudwatchlogs.NewFromConfig(cfg)
	return emit(source.Item{Path: "aws-logs:" + g.Name, Open: func(ctx context.Context) (io.ReadCloser, error) {
		in := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &g.Name, StartTime: millis(g.Window.Since), EndTime: millis(g.Window.Until)}
		return newPages(ctx, func(ctx context.Context) ([]byte, bool, error) { return filter(ctx, client, in) }), nil
	}})
}

// filter fetches the next page of events, one a line.
func filter(ctx context.Context, client *cloudwatchlogs.Client, in *cloudwatchlogs.FilterLogEventsInput) ([]byte, bool, error) {
	out, err := client.FilterLogEvents(ctx, in)
	if err != nil {
		return nil, false, fmt.Errorf("logs:FilterLogEvents: %w", err)
	}
	var b bytes.Buffer
	for _, e := range out.Events {
		b.WriteString(aws.ToString(e.Message))
		b.WriteByte('\n')
	}
	in.NextToken = out.NextToken
	return b.Bytes(), out.NextToken != nil, nil
}

func millis(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	return aws.Int64(t.UnixMilli())
}
