package report

import (
	"reflect"

	"github.com/invopop/jsonschema"

	"oust/internal/finding"
)

// Schema is the JSON schema of a report, made of its Go types.
func Schema() *jsonschema.Schema {
	r := jsonschema.Reflector{
		Anonymous: true,
		Mapper: func(t reflect.Type) *jsonschema.Schema {
			switch t {
			case reflect.TypeFor[finding.Time]():
				return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "string", Format: "date-time"}, {Type: "null"}}}
			case reflect.TypeFor[finding.Severity]():
				s := &jsonschema.Schema{Type: "string"}
				for _, v := range finding.Severities {
					s.Enum = append(s.Enum, string(v))
				}
				return s
			}
			return nil
		},
	}
	s := r.Reflect(&finding.Report{})
	s.ID = "urn:oust:report:1"
	s.Title = "oust report"
	return s
}
