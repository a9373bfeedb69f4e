package hcl

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"oust/internal/plan"
)

func read(t testing.TB, pairs ...string) plan.Result {
	t.Helper()
	var files []*plan.File
	for i := 0; i < len(pairs); i += 2 {
		files = append(files, &plan.File{Path: pairs[i], Body: []byte(pairs[i+1])})
	}
	return Reader{}.Read(t.Context(), files)
}

// TestHostile ends code that would not end, or fill memory, in a named reason, and still reads what stands beside it.
func TestHostile(t *testing.T) {
	doubling := "locals {\n  a0 = [\"xxxxxxxxxxxxxxxx\"]\n"
	for i := 1; i < 60; i++ {
		doubling += fmt.Sprintf("  a%d = [local.a%d, local.a%d]\n", i, i-1, i-1)
	}
	words := "locals {\n  a0 = \"xxxxxxxxxxxxxxxx\"\n"
	for i := 1; i < 60; i++ {
		words += fmt.Sprintf("  a%d = \"${local.a%d}${local.a%d}\"\n", i, i-1, i-1)
	}
	chain := "locals {\n  a0 = 1\n"
	for i := 1; i < 20000; i++ {
		chain += fmt.Sprintf("  a%d = local.a%d\n", i, i-1)
	}
	chain = strings.Replace(chain, "a59 ", "z ", 1)
	squares := "locals {\n  a0 = 99999999999\n"
	for i := 1; i < 60; i++ {
		squares += fmt.Sprintf("  a%d = local.a%d * local.a%d\n", i, i-1, i-1)
	}
	for name, code := range map[string]string{
		"lists":    doubling + "}",
		"texts":    words + "}",
		"chain":    strings.ReplaceAll(chain, "local.z", "local.a58") + "}",
		"numbers":  squares + "}",
		"loops":    "locals {\n a59 = [for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a]]]\n}",
		"widths":   "locals {\n a59 = format(\"%0999999999d\", 1)\n}",
		"joins":    "locals {\n a59 = join(join(\"\", [for i in range(1000) : \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"]), [for i in range(1000) : \"y\"])\n}",
		"products": "locals {\n a59 = setproduct(range(1000), range(1000), range(1000))\n}",
		"yaml":     "locals {\n a59 = yamldecode(\"a: &a [x,x,x,x]\\nb: &b [*a,*a,*a,*a,*a]\\nc: &c [*b,*b,*b,*b,*b]\\nd: &d [*c,*c,*c,*c,*c]\\ne: &e [*d,*d,*d,*d,*d]\\nf: &f [*e,*e,*e,*e,*e]\\ng: &g [*f,*f,*f,*f,*f]\\nh: &h [*g,*g,*g,*g,*g]\\ni: &i [*h,*h,*h,*h,*h]\\nj: [*i,*i,*i,*i,*i]\\n\")\n}",
		"self":     "locals {\n a59 = \"${local.a59}\"\n}",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			got := read(t, "a.tf", "resource \"aws_sns_topic\" \"first\" {\n  name = \"first\"\n}\n", "main.tf", code, "z.tf", "resource \"aws_sns_topic\" \"t\" {\n  name = local.a59\n}\n")
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %s", took)
			}
			said := show(got)
			if !strings.Contains(said, `"name":"first"`) {
				t.Errorf("the resource beside it is lost: %.300s", said)
			}
			if len(got.Problems) == 0 && name != "chain" && !strings.Contains(said, `"name":"?(`) && !strings.Contains(said, "too large") {
				t.Errorf("no reason is told: %.300s", said)
			}
			t.Logf("%.200s", said[strings.Index(said, "first\"}")+7:])
		})
	}
}

// TestNesting refuses source on which the parser would overflow its stack.
func TestNesting(t *testing.T) {
	n := 200000
	for name, code := range map[string]string{
		"parens":    "x = " + strings.Repeat("(", n) + "1" + strings.Repeat(")", n),
		"not":       "x = " + strings.Repeat("!", n) + "true",
		"minus":     "x = " + strings.Repeat("-", n) + "1",
		"lists":     "x = " + strings.Repeat("[", n),
		"choice":    "x = " + strings.Repeat("a ? b : ", n) + "c",
		"sum":       "x = " + strings.Repeat("1 + ", n) + "1",
		"sum lines": "x = (" + strings.Repeat("1 +\n", n) + "1)",
		"index":     "x = f()" + strings.Repeat("[0]", n),
		"splat":     "x = a" + strings.Repeat("[*]", n),
		"template":  "x = " + strings.Repeat(`"${`, n),
		"if":        "x = <<E\n" + strings.Repeat("%{if a}", n) + "\nE\n",
		"blocks":    strings.Repeat("a {\n", n),
	} {
		t.Run(name, func(t *testing.T) {
			got := read(t, "main.tf", code+"\n", "other.tf", "resource \"aws_sns_topic\" \"t\" {}\n")
			if len(got.Problems) == 0 || len(got.Resources) != 1 {
				t.Errorf("%d problems, %d resources", len(got.Problems), len(got.Resources))
			}
		})
	}
}

// TestManyInstances looks at the first of too many instances, and says so.
func TestManyInstances(t *testing.T) {
	got := read(t, "main.tf", "resource \"aws_sns_topic\" \"t\" {\n  count = 1000000000\n  name = count.index\n}\n")
	if len(got.Resources) != maxInstances || len(got.Problems) != 1 || !strings.Contains(got.Problems[0].What, "1000000000 instances") {
		t.Errorf("%d resources, problems %v", len(got.Resources), got.Problems)
	}
}

// FuzzRead reads small sets of files: nothing may panic, and nothing may take long.
func FuzzRead(f *testing.F) {
	f.Add("resource \"aws_a\" \"b\" {\n  for_each = toset([\"x\", var.y])\n  n = \"${each.key}-${aws_c.d.arn}\"\n  dynamic \"q\" {\n    for_each = var.y\n    content {\n      z = q.value\n    }\n  }\n}\n", `{"resource":{"aws_c":{"d":[{"count":"${var.n}","x":"${try(jsondecode(local.l), 1)}"}]}},"locals":{"l":"${jsonencode({a=aws_a.b})}"}}`, "variable \"y\" {\n  type = object({ a = optional(string, \"x\") })\n}\nmodule \"m\" {\n  source = \"./m\"\n}\n")
	f.Add("data \"aws_iam_policy_document\" \"d\" {\n  source_policy_documents = [aws_x.y.policy]\n  statement {\n    actions = [\"*\"]\n    principals {\n      type = \"AWS\"\n      identifiers = var.x\n    }\n  }\n}\nresource \"aws_iam_role\" \"r\" {\n  assume_role_policy = data.aws_iam_policy_document.d.json\n}\n", `[]`, "x = [for k, v in {a = 1} : \"${k}${v}\" if v > 0]")
	f.Add("locals {\n  a = base64encode(\"${aws_a.b.c}x\")\n  b = replace(lower(format(\"%s-%d\", aws_a.b, 1)), \"/a/\", \"b\")\n  c = [for x in aws_a.b : x...]\n d = aws_a.b[*].c[local.a]\n}\noutput \"o\" {\n  value = local.d\n}\n", `{"module":{"m":{"source":"./m","providers":{"aws":"aws.x"}}},"provider":{"aws":[{"alias":"x","region":"r","assume_role":[{"role_arn":"arn:aws:iam::111122223333:role/x"}]}]}}`, "<<E\n%{ for x in y ~}\n${x}\n%{ endfor ~}\nE")
	f.Fuzz(func(t *testing.T, native, json, inner string) {
		if len(native)+len(json)+len(inner) > 4096 {
			return
		}
		got := read(t, "main.tf", native, "main.tf.json", json, "m/x.tofu", inner, "terraform.tfvars", inner)
		for _, r := range got.Resources {
			if r.Type == "" && r.Address == "" || r.At.File == "" {
				t.Errorf("a resource without a place: %+v", r)
			}
			if s := fmt.Sprint(r.After); strings.Contains(s, tokenOpen) && !strings.Contains(native+json+inner, tokenOpen) && !strings.Contains(native+json+inner, `\u`) && !strings.Contains(native+json+inner, `\U`) {
				t.Errorf("a token is left in %s", s)
			}
		}
	})
}
