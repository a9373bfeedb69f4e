package hunt

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"oust/internal/catalogtest"
	"oust/internal/finding"
	"oust/internal/org"
	"oust/internal/source"
)

// line is a record that some kind sees, with its own id.
func line(id string) string {
	return `{"eventVersion":"1.09","userIdentity":{"type":"IAMUser","principalId":"AIDA1","arn":"arn:aws:iam::111122223333:user/ana","accountId":"111122223333","accessKeyId":"AKIA1","userName":"ana"},` +
		`"eventTime":"2026-03-02T03:11:09Z","eventSource":"iam.amazonaws.com","eventName":"CreateAccessKey","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.23","userAgent":"x",` +
		`"requestParameters":{"userName":"bob"},"responseElements":{"accessKey":{"accessKeyId":"AKIA` + id + `","userName":"bob","status":"Active"}},"eventID":"` + id + `","recipientAccountId":"111122223333"}`
}

func file(ids ...string) string {
	lines := make([]string, len(ids))
	for i, id := range ids {
		lines[i] = line(id)
	}
	return `{"Records":[` + strings.Join(lines, ",") + `]}`
}

func gz(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

func zst(s string) string {
	var b bytes.Buffer
	w, _ := zstd.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

func zipped(members map[string]string) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range members {
		m, _ := w.Create(name)
		io.WriteString(m, content)
	}
	w.Close()
	return b.String()
}

// hunt runs over what was named and describes what was read and what was not.
func huntFiles(t *testing.T, what ...source.Source) (*finding.Report, string) {
	t.Helper()
	cat, env := catalogtest.Open(t)
	r, err := Run(context.Background(), what, Options{Catalog: cat, Env: env, Org: &org.Org{}})
	if err != nil {
		t.Fatal(err)
	}
	c := r.Coverage
	out := fmt.Sprintf("read %d, total %d, undecodable %d, duplicates %d, unsupported %d", c.Files.Read, c.Events.Total, c.Events.Undecodable, c.Events.Duplicates, c.Events.Unsupported)
	for _, s := range c.Files.Skipped {
		out += "\n" + filepath.Base(s.Path) + ": " + s.Reason
	}
	return r, out
}

func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestMixedFolder(t *testing.T) {
	dir := tree(t, map[string]string{
		"a.json":      file("01", "02"),
		"b.json.gz":   gz(file("03")) + gz("\n"+file("04")),
		"c/d.zst":     zst(line("05") + "\n" + line("06") + "\n"),
		"c/e.zip":     zipped(map[string]string{"x.json": file("07"), "y.json.gz": gz(file("08"))}),
		"f.log":       line("09") + "\n" + line("01") + "\n",
		"g.csv":       "eventid,eventtime,eventsource,eventname\n10,2026-03-02T03:11:09Z,sts.amazonaws.com,GetCallerIdentity\n",
		"digest.json": `{"digestStartTime":"2026-03-02T03:00:00Z","logFiles":[]}`,
	})
	_, got := huntFiles(t, source.Files(dir))
	if want := "read 8, total 10, undecodable 0, duplicates 1, unsupported 0"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestSameFromAPipe(t *testing.T) {
	content := gz(file("01", "02", "03"))
	fromFile, _ := huntFiles(t, source.Files(tree(t, map[string]string{"a.gz": content})))
	fromPipe, _ := huntFiles(t, source.Stdin{Reader: iotestOneByte{strings.NewReader(content)}})
	if a, b := len(fromFile.Findings), len(fromPipe.Findings); a != 3 || a != b {
		t.Errorf("%d findings from a file, %d from a pipe", a, b)
	}
}

// iotestOneByte delivers a stream in the smallest pieces.
type iotestOneByte struct{ r io.Reader }

func (o iotestOneByte) Read(b []byte) (int, error) { return o.r.Read(b[:1]) }

func TestWhatCannotBeRead(t *testing.T) {
	bomb := gz(`{"Records":[` + line("01") + `,` + strings.Repeat(" ", 80<<20))
	files := map[string]string{
		"cut.gz":       gz(file("01", "02"))[:150],
		"bomb.gz":      bomb,
		"bad.gz":       "\x1f\x8bnot gzip at all",
		"sum.gz":       strings.Replace(gz(file("03")), gz(file("03"))[len(gz(file("03")))-8:], "\x00\x00\x00\x00\x00\x00\x00\x00", 1),
		"bad.zst":      "\x28\xb5\x2f\xfdnonsense",
		"bad.zip":      "PK\x03\x04nonsense",
		"binary":       "\x7fELF\x02\x01\x01" + strings.Repeat("\x00\xff", 100),
		"empty.json":   "",
		"pods.json":    `{"kind":"Pod"}`,
		"good.json":    file("04"),
		"utf8.json":    strings.Replace(file("05"), "bob", "b\xffb", 1),
		"partly.jsonl": line("06") + "\nnot a record\n",
	}
	dir := tree(t, files)
	if err := os.Symlink("loop", filepath.Join(dir, "loop")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(".", filepath.Join(dir, "self")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "vanished.json")); err != nil {
		t.Fatal(err)
	}
	_, got := huntFiles(t, source.Files(dir))
	want := `read 7, total 5, undecodable 3, duplicates 0, unsupported 1
bad.gz: not a gzip header
bad.zip: zip: not a valid zip file
bad.zst: reserved bit set on frame header
binary: no log format that is known
bomb.gz: expands more than 250 to 1, taken for a decompression bomb
cut.gz: gzip data ends early
empty.json: empty
loop: too many levels of symbolic links
partly.jsonl: partly: not JSON
pods.json: holds no CloudTrail events
self: leads to what was read already
sum.gz: gzip checksum does not match
vanished.json: no such file or directory`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestFolderThatCannotBeListed needs a folder without permissions, which root may read all the same:
// so the walk is given one that is a link into a file.
func TestFolderThatCannotBeListed(t *testing.T) {
	gone := source.Tree{FS: failing{}, Dir: "logs"}
	_, got := huntFiles(t, gone, source.Files(tree(t, map[string]string{"a.json": file("01")})))
	if want := "read 1, total 1, undecodable 0, duplicates 0, unsupported 0\nlogs: permission denied"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestOrderAndSplitDoNotMatter(t *testing.T) {
	ids := []string{"01", "02", "03", "04", "05", "06"}
	reverse := []string{"06", "05", "04", "03", "02", "01"}
	one, _ := huntFiles(t, source.Files(tree(t, map[string]string{"a.json": file(ids...)})))
	two, _ := huntFiles(t, source.Files(tree(t, map[string]string{"z.json": file(reverse[:2]...), "b.json": file(reverse[2:]...), "c.json": file(ids...)})))
	if len(one.Findings) != len(ids) || len(two.Findings) != len(ids) {
		t.Fatalf("%d and %d findings", len(one.Findings), len(two.Findings))
	}
	for i := range one.Findings {
		a, b := one.Findings[i], two.Findings[i]
		if a.ID != b.ID || a.Count != b.Count || a.Sentence != b.Sentence {
			t.Errorf("finding %d differs: %v and %v", i, a, b)
		}
	}
}
