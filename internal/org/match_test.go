package org

import "testing"

func TestRanges(t *testing.T) {
	o := &Org{Networks: []string{"198.51.100.0/24", "2001:db8::/32", "203.0.113.7"}}
	for cidrs, want := range map[[2]string]bool{
		{"198.51.100.0/24"}:                  true,
		{"198.51.100.128/25", "2001:db8::1"}: true,
		{"203.0.113.7"}:                      true,
		{"203.0.113.7/31"}:                   false,
		{"198.51.0.0/16"}:                    false, // holds ours, and more
		{"198.51.100.0/24", "0.0.0.0/0"}:     false,
		{"anywhere"}:                         false,
	} {
		list := cidrs[:1]
		if cidrs[1] != "" {
			list = cidrs[:]
		}
		if got := o.Ranges(list); got != want {
			t.Errorf("%v: %v", list, got)
		}
	}
	if o.Ranges(nil) {
		t.Error("nothing is ours")
	}
}
