package report

import (
	"reflect"

	"github.com/invopop/jsonschema"

	"oust/internal/finding"
)

// schemas are the documents that have one, by name.
var schemas = map[string]any{"report": &finding.Report{}, "trace": &finding.Trace{}, "plan": &finding.Eviction{}}

// Schema is the JSON schema of a report, trace or plan, made of its Go types; nil for another name.
func Schema(name string) *jsonschema.Schema {
	if schemas[name] == nil {
		return nil
	}
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
	s := r.Reflect(schemas[name])
	s.ID = jsonschema.ID("urn:oust:" + name + ":1")
	s.Title = "oust " + name
	return s
}
