// Package catalog carries what oust knows: kinds of resources and techniques.
//
// Everything below this folder is data. A new technique is a new folder below techniques;
// a new kind of resource is a new file below resources. Folders that begin with an underscore are left out.
package catalog

import "embed"

// Files is the whole catalog.
//
//go:embed resources techniques
var Files embed.FS
