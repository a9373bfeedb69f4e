package hcl

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkRead reads 5,000 resources in 20 files.
func BenchmarkRead(b *testing.B) {
	var pairs []string
	for file := range 20 {
		var s strings.Builder
		for i := range 50 {
			fmt.Fprintf(&s, shape, file*50+i)
		}
		pairs = append(pairs, fmt.Sprintf("f%d.tf", file), s.String())
	}
	pairs = append(pairs, "variables.tf", "variable \"env\" {\n  default = \"prod\"\n}\ndata \"aws_caller_identity\" \"me\" {}\n")
	for b.Loop() {
		if got := read(b, pairs...); len(got.Resources) != 5000 || len(got.Problems) > 0 {
			b.Fatal(len(got.Resources), got.Problems)
		}
	}
}

const shape = `
data "aws_iam_policy_document" "t%[1]d" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.me.account_id}:root"]
    }
  }
}
resource "aws_iam_role" "r%[1]d" {
  name               = "${var.env}-role-%[1]d"
  assume_role_policy = data.aws_iam_policy_document.t%[1]d.json
  tags               = merge({ env = var.env }, { n = "%[1]d" })
}
resource "aws_iam_role_policy" "p%[1]d" {
  role   = aws_iam_role.r%[1]d.name
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = ["s3:GetObject"], Resource = "${aws_s3_bucket.b%[1]d.arn}/*" }] })
}
resource "aws_s3_bucket" "b%[1]d" {
  bucket = "b-%[1]d"
}
resource "aws_lambda_function" "f%[1]d" {
  function_name = "f-%[1]d"
  role          = aws_iam_role.r%[1]d.arn
  runtime       = "python3.12"
  environment {
    variables = { A = "b", C = aws_s3_bucket.b%[1]d.id }
  }
}
resource "aws_lambda_permission" "l%[1]d" {
  function_name = aws_lambda_function.f%[1]d.function_name
  principal     = "s3.amazonaws.com"
  source_arn    = aws_s3_bucket.b%[1]d.arn
}
`
