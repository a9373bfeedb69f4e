package hcl

import (
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// functions are those of Terraform and OpenTofu. Of those whose result depends on the moment, on a key or on chance, it is not known.
func functions() map[string]call {
	t := map[string]call{
		"abs": letters(stdlib.AbsoluteFunc), "ceil": letters(stdlib.CeilFunc), "floor": letters(stdlib.FloorFunc), "log": letters(stdlib.LogFunc),
		"max": letters(stdlib.MaxFunc), "min": letters(stdlib.MinFunc), "parseint": letters(stdlib.ParseIntFunc), "pow": letters(stdlib.PowFunc),
		"signum": letters(stdlib.SignumFunc),

		"substr": letters(stdlib.SubstrFunc), "split": split, "strrev": letters(stdlib.ReverseFunc), "regex": letters(stdlib.RegexFunc),
		"regexall": letters(stdlib.RegexAllFunc), "sort": sortList, "trim": letters(stdlib.TrimFunc), "formatdate": letters(stdlib.FormatDateFunc),
		"timeadd": letters(stdlib.TimeAddFunc), "csvdecode": letters(stdlib.CSVDecodeFunc), "title": each(stdlib.TitleFunc),
		"upper": each(stdlib.UpperFunc), "lower": each(stdlib.LowerFunc), "chomp": moves(stdlib.ChompFunc), "indent": moves(stdlib.IndentFunc),
		"trimspace": moves(stdlib.TrimSpaceFunc), "trimprefix": trimEnd(stdlib.TrimPrefixFunc), "trimsuffix": trimEnd(stdlib.TrimSuffixFunc),
		"replace": replace, "format": text(stdlib.FormatFunc), "formatlist": text(stdlib.FormatListFunc), "join": join,
		"startswith": startsWith, "endswith": endsWith, "strcontains": strContains, "templatestring": templateString,

		"chunklist": elements(stdlib.ChunklistFunc), "coalesce": coalesce, "coalescelist": moves(stdlib.CoalesceListFunc),
		"compact": compact, "concat": concat, "contains": contains, "distinct": elements(stdlib.DistinctFunc), "element": moves(stdlib.ElementFunc),
		"flatten": flatten, "index": index, "keys": moves(stdlib.KeysFunc), "length": length, "lookup": lookup,
		"merge": merge, "range": letters(stdlib.RangeFunc), "reverse": moves(stdlib.ReverseListFunc),
		"setintersection": letters(stdlib.SetIntersectionFunc), "setproduct": elements(stdlib.SetProductFunc), "setsubtract": letters(stdlib.SetSubtractFunc),
		"setunion": elements(stdlib.SetUnionFunc), "slice": moves(stdlib.SliceFunc), "values": moves(stdlib.ValuesFunc), "zipmap": elements(stdlib.ZipmapFunc),
		"one": one, "sum": sum, "transpose": transpose, "matchkeys": matchKeys, "alltrue": allTrue, "anytrue": anyTrue,

		"tobool": to(cty.Bool), "tonumber": to(cty.Number), "tostring": to(cty.String), "tolist": to(cty.List(cty.DynamicPseudoType)),
		"toset": to(cty.Set(cty.DynamicPseudoType)), "tomap": to(cty.Map(cty.DynamicPseudoType)), "type": typeOf,
		"sensitive": sensitive, "nonsensitive": nonsensitive, "issensitive": isSensitive, "ephemeralasnull": same,

		"jsonencode": jsonEncode, "jsondecode": jsonDecode, "yamlencode": yamlEncode, "yamldecode": yamlDecode,
		"base64encode": base64Encode, "base64decode": letterwise(base64Decode), "base64gzip": letterwise(base64Gzip), "base64gunzip": letterwise(base64Gunzip),
		"textencodebase64": textEncode, "textdecodebase64": textDecode, "urlencode": letterwise(urlEncode), "urldecode": letterwise(urlDecode),

		"file": fileText, "fileexists": fileExists, "filebase64": fileBase64, "fileset": fileSet, "templatefile": templateFile,
		"abspath": letterwise(absPath), "basename": letterwise(baseName), "dirname": letterwise(dirName), "pathexpand": same,

		"cidrhost": letters(cidrHost()), "cidrnetmask": letters(cidrNetmask()), "cidrsubnet": letters(cidrSubnet()), "cidrsubnets": letters(cidrSubnets()),
		"cidrcontains": letters(cidrContains()), "timecmp": letters(timeCompare()), "uuidv5": uuid5,
	}
	for _, name := range []string{"timestamp", "plantimestamp", "uuid", "bcrypt", "rsadecrypt"} {
		t[name] = func(_ *run, args []cty.Value) (cty.Value, error) {
			return unknownOf(cty.String, "known when it runs"), nil
		}
	}
	for name, f := range hashes() {
		t[name] = f
	}
	for name, f := range t { // OpenTofu and Terraform know every function by its full name too
		t["core::"+name] = f
	}
	return t
}
