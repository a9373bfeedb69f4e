// Package scenarios carries whole intrusions: logs, and the cases that must be found in them.
package scenarios

import "embed"

// Files holds one folder for every scenario.
//
//go:embed stolen-key
var Files embed.FS
