package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime/pprof"
	"time"

	data "oust/catalog"
	"oust/internal/catalog"
	"oust/internal/decode/cloudtrail"
	"oust/internal/expr"
	"oust/internal/hunt"
	"oust/internal/org"
	"oust/internal/source"
)

func main() {
	if p := os.Getenv("PROF"); p != "" {
		f, _ := os.Create(p)
		pprof.StartCPUProfile(f)
		defer pprof.StopCPUProfile()
	}
	t := time.Now()
	cat, err := catalog.Open(data.Files, new(cloudtrail.Fields))
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	env, err := expr.New(cat)
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	fmt.Fprintln(os.Stderr, "load", time.Since(t))
	r, err := hunt.Run(context.Background(), []source.Source{source.Files(os.Args[1])}, hunt.Options{Catalog: cat, Env: env, Org: &org.Org{}})
	fmt.Fprintln(os.Stderr, "run", time.Since(t), err)
	if r != nil {
		enc := json.NewEncoder(os.Stdout)
		enc.SetIndent("", " ")
		enc.Encode(r)
	}
}
