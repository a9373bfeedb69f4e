package hcl

import (
	"encoding/base64"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"oust/internal/plan"
)

// told is an attribute of a data source whose value follows from its arguments, or stands for the deployment.
func (in *instance) told(name string) (cty.Value, bool) {
	text := func(s string) (cty.Value, bool) { return cty.StringVal(s), true }
	switch kind := in.block.label(0); kind + "." + name {
	case "aws_caller_identity.account_id", "aws_caller_identity.id":
		if p := in.scope.provider(in.block); p.beside {
			return text(p.account)
		}
		return text(plan.Here)
	case "aws_region.name", "aws_region.id", "aws_region.region":
		if in.block.attrs["name"] == nil && in.block.attrs["region"] == nil {
			return text(in.scope.provider(in.block).region)
		}
	case "aws_partition.partition", "aws_partition.id":
		return text("aws")
	case "aws_partition.dns_suffix":
		return text("amazonaws.com")
	case "aws_partition.reverse_dns_prefix":
		return text("com.amazonaws")
	case "aws_iam_policy_document.json", "aws_iam_policy_document.minified_json":
		return in.document(), true
	case "aws_elb_service_account.arn": // an account of AWS that writes the logs of load balancers; each region has one, and all are alike
		return text("arn:aws:iam::127311923021:root")
	case "aws_elb_service_account.id":
		return text("127311923021")
	case "aws_arn.account":
		return in.arnPart(4)
	case "template_file.rendered":
		return in.rendered(), true
	case "template_cloudinit_config.rendered", "cloudinit_config.rendered":
		return in.cloudInit(), true
	}
	return cty.NilVal, false
}

func (in *instance) arnPart(i int) (cty.Value, bool) {
	s, ok := known([]cty.Value{in.attr("arn")}, 0)
	parts := strings.SplitN(s, ":", 6)
	if !ok || len(parts) != 6 || in.scope.r.tokens.in(parts[i]) {
		return cty.NilVal, false
	}
	return cty.StringVal(parts[i]), true
}

// rendered is the text of a template_file.
func (in *instance) rendered() cty.Value {
	vars := cty.EmptyObjectVal
	if in.block.attrs["vars"] != nil {
		vars = in.attr("vars")
	}
	t, marks := in.attr("template").Unmark()
	if !isText(t) {
		return unknownOf(cty.String, "the template is not known").WithMarks(marks)
	}
	v, err := in.scope.r.render(t.AsString(), in.address(), vars)
	if err != nil {
		return unknownOf(cty.String, "a template that could not be rendered")
	}
	return v.WithMarks(marks)
}

// cloudInit is the text of a cloudinit_config: its parts behind each other, each part of the literal text readable.
// It is not packed, whatever gzip says: what is judged is what unpacks.
func (in *instance) cloudInit() cty.Value {
	r := in.scope.r
	var b strings.Builder
	b.WriteString("Content-Type: multipart/mixed; boundary=\"MIMEBOUNDARY\"\nMIME-Version: 1.0\n")
	hidden := false
	for _, part := range inside(in.attr("part")) {
		kind, body := part["content_type"], part["content"]
		if kind == cty.NilVal {
			kind = cty.StringVal("text/plain")
		}
		if body == cty.NilVal {
			continue
		}
		k, _ := r.text(kind).Unmark()
		c, marks := r.text(body).Unmark()
		_, ok := marks[secret{}]
		if hidden = hidden || ok; isText(k) && isText(c) {
			b.WriteString("\n--MIMEBOUNDARY\nContent-Type: " + k.AsString() + "\nMIME-Version: 1.0\n\n" + c.AsString() + "\n")
		}
	}
	b.WriteString("\n--MIMEBOUNDARY--\n")
	out := b.String()
	if plainText, _ := in.attr("base64_encode").Unmark(); !plainText.IsKnown() || plainText.Type() != cty.Bool || plainText.True() {
		out = r.tokens.each(out, func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) })
	}
	if hidden {
		return cty.StringVal(out).Mark(secret{})
	}
	return cty.StringVal(out)
}
