package cli

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestWriteFile holds that an earlier file stays whole when writing fails half-way, and that nothing is left beside it.
func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "case.json")
	put := func(text string, err error) error {
		return writeFile(file, func(w io.Writer) error {
			if _, failed := io.WriteString(w, text); failed != nil {
				return failed
			}
			return err
		})
	}
	if err := put("first", nil); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o600); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	if err := put("sec", broken); !errors.Is(err, broken) {
		t.Errorf("%v, want %v", err, broken)
	}
	if got, _ := os.ReadFile(file); string(got) != "first" {
		t.Errorf("the file holds %q", got)
	}
	if err := put("third", nil); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(file); string(got) != "third" {
		t.Errorf("the file holds %q", got)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it now: %v %v", info.Mode(), err)
	}
	if list, _ := os.ReadDir(dir); len(list) != 1 {
		t.Errorf("%d files, want 1: %v", len(list), list)
	}
}
