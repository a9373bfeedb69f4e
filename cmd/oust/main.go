// Command oust finds, blocks and removes cloud persistence.
package main

import (
	"os"

	"oust/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
