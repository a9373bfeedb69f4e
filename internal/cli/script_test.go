package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"oust/internal/report"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"oust": func() { os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs sessions with the program; see testdata.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("XDG_CONFIG_HOME", e.WorkDir+"/.config")
			e.Setenv("HOME", e.WorkDir)
			logs, err := filepath.Abs("../../scenarios/stolen-key/logs")
			e.Setenv("LOGS", logs)
			e.Setenv("SOON", time.Now().AddDate(0, 3, 0).Format(time.DateOnly))
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code":   exitCode,
			"valid":  validReport,
			"absent": absent,
			"id":     findingID,
			"hidden": hidden,
		},
	})
}

// exitCode runs a command and compares its exit code: code 3 oust hunt x
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if (got == args[0]) == neg {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// validReport holds a JSON document against the schema that the program prints: valid FILE [report|trace|plan]
func validReport(ts *testscript.TestScript, _ bool, args []string) {
	var schema bytes.Buffer
	if code := Main(append([]string{"schema"}, args[1:]...), nil, &schema, os.Stderr); code != 0 {
		ts.Fatalf("oust schema: exit code %d", code)
	}
	doc, err := jsonschema.UnmarshalJSON(&schema)
	ts.Check(err)
	c := jsonschema.NewCompiler()
	ts.Check(c.AddResource("report.json", doc))
	compiled, err := c.Compile("report.json")
	ts.Check(err)
	report, err := jsonschema.UnmarshalJSON(strings.NewReader(ts.ReadFile(args[0])))
	ts.Check(err)
	ts.Check(compiled.Validate(report))
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), new(map[string]any)))
}

// absent fails when a file contains one of the bytes, given as hexadecimal: absent stdout 1b 07
func absent(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	for _, a := range args[1:] {
		var b byte
		for _, d := range a {
			b = b<<4 | byte(strings.IndexRune("0123456789abcdef", d))
		}
		if strings.IndexByte(text, b) >= 0 {
			ts.Fatalf("%s contains the byte %s", args[0], a)
		}
	}
}

// hidden fails when one of the files contains a line of the first, plain or in an encoding: hidden SECRETS FILE...
func hidden(ts *testscript.TestScript, _ bool, args []string) {
	for _, secret := range strings.Fields(ts.ReadFile(args[0])) {
		forms := []string{secret, hex.EncodeToString([]byte(secret))}
		for shift := range 3 { // where base64 of a longer text may hold it
			text := base64.StdEncoding.EncodeToString([]byte("xxx"[:shift] + secret))
			forms = append(forms, text[(shift*4+2)/3:len(text)-4])
		}
		for _, file := range args[1:] {
			text := ts.ReadFile(file)
			for _, form := range forms {
				if strings.Contains(strings.ToLower(text), strings.ToLower(form)) {
					ts.Fatalf("%s shows %s, as %s", file, secret, form)
				}
			}
		}
	}
}

// findingID puts the id of the first finding of a technique into a variable: id NAME REPORT TECHNIQUE
func findingID(ts *testscript.TestScript, _ bool, args []string) {
	r, err := report.Read(strings.NewReader(ts.ReadFile(args[1])))
	ts.Check(err)
	for _, f := range r.Findings {
		if f.Technique == args[2] {
			ts.Setenv(args[0], f.ID)
			return
		}
	}
	ts.Fatalf("%s holds no finding of %s", args[1], args[2])
}
