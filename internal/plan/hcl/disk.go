package hcl

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

var errNoDisk = errors.New("only the files that were named are read")

type noDisk struct{}

func (noDisk) ReadFile(string) ([]byte, error)  { return nil, errNoDisk }
func (noDisk) ReadDir(string) ([]string, error) { return nil, errNoDisk }
func (noDisk) Fence(dir string) string          { return dir }

// OS is the disk of this machine.
type OS struct{}

// ReadFile implements Disk.
func (OS) ReadFile(name string) ([]byte, error) {
	f, err := os.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read %s: not a regular file", name)
	}
	body, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if len(body) > maxFile {
		return nil, fmt.Errorf("read %s: more than %d MB", name, maxFile>>20)
	}
	return body, err
}

// ReadDir implements Disk.
func (OS) ReadDir(name string) (names []string, err error) {
	list, err := os.ReadDir(filepath.FromSlash(name))
	for _, e := range list {
		if e.Type().IsRegular() || e.Type()&fs.ModeSymlink != 0 {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// Fence implements Disk. It is the repository of the folder; without one, the folder above it.
// Code may come from a stranger, and what functions read may be printed: /proc and home directories are not for it.
func (OS) Fence(dir string) string {
	abs, err := filepath.Abs(filepath.FromSlash(dir))
	if err != nil {
		return dir
	}
	for d := abs; ; d = filepath.Dir(d) {
		if _, err := os.Stat(filepath.Join(d, ".git")); err == nil {
			return d
		}
		if d == filepath.Dir(d) {
			break
		}
	}
	if up := filepath.Dir(abs); up != filepath.Dir(up) {
		return up
	}
	return abs
}

// load reads a file: one that was given, or one from the disk.
func (r *run) load(name string) ([]byte, error) {
	if f := r.given[path.Clean(name)]; f != nil {
		return f.Body, nil
	}
	if r.read++; r.read > maxFiles {
		return nil, fmt.Errorf("more than %d files are referred to", maxFiles)
	}
	return r.disk.ReadFile(name)
}

// asset reads a file for a function of the code, within the fence.
func (r *run) asset(name string) ([]byte, error) {
	full := name
	if !path.IsAbs(name) {
		full = path.Join(r.top.dir, name)
	}
	if f := r.given[path.Clean(full)]; f != nil {
		return f.Body, nil
	}
	real, err := r.real(full)
	if err != nil {
		return nil, fmt.Errorf("file %q %w", name, err)
	}
	body, err := r.load(filepath.ToSlash(real))
	if err != nil {
		return nil, fmt.Errorf("file %q could not be read", name)
	}
	return body, nil
}

var (
	errUnread  = errors.New("could not be read")
	errOutside = errors.New("lies outside of the code")
)

// real is where a name leads to on the disk, if that is within the fence.
func (r *run) real(name string) (string, error) {
	if _, none := r.disk.(noDisk); none {
		return "", errUnread
	}
	real, err := filepath.Abs(filepath.FromSlash(name))
	if err == nil {
		real, err = filepath.EvalSymlinks(real)
	}
	if err != nil {
		return "", errUnread
	}
	fence, err := filepath.EvalSymlinks(r.top.fence)
	inside := strings.TrimSuffix(fence, string(filepath.Separator)) + string(filepath.Separator)
	if err != nil || real != fence && !strings.HasPrefix(real, inside) {
		return "", errOutside
	}
	return real, nil
}

func (r *run) within(name string) bool {
	_, err := r.real(name)
	return err == nil
}
