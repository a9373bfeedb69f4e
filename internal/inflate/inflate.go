// Package inflate decompresses gzip data that is held whole in memory.
//
// A delivered log file is small, complete and read exactly once,
// so the decoder writes straight into one output buffer that also is its window:
// no ring buffer, no copying out, no per-byte calls.
// Streams of unknown or very large size belong to a streaming reader instead.
package inflate

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// Errors that a caller may want to tell apart.
// Output decoded before an error is kept and returned with it.
var (
	ErrTruncated = errors.New("gzip data ends early")
	ErrHeader    = errors.New("not a gzip header")
	ErrCorrupt   = errors.New("corrupt deflate data")
	ErrChecksum  = errors.New("gzip checksum does not match")
	ErrTooLarge  = errors.New("inflates beyond the limit")
)

// Decoder holds the decoding tables, so that files can follow each other without allocation.
// The zero value is ready to use; a Decoder must not be used by two goroutines at once.
type Decoder struct {
	litlen [litlenSize]uint32
	dist   [distSize]uint32
	code   [1 << codeBits]uint32
	build  builder
	fixed  bool // litlen and dist hold the fixed codes
}

// Gunzip appends the content of every gzip member in src to dst[:0] and returns it.
// It stops with ErrTooLarge once the output would pass limit bytes.
func (d *Decoder) Gunzip(dst, src []byte, limit int) ([]byte, error) {
	out := dst[:0]
	for members := 0; ; members++ {
		if members > 0 && allZero(src) {
			return out, nil // padding after the last member
		}
		n, err := headerLen(src)
		if err != nil {
			return out, err
		}
		src = src[n:]
		start := len(out)
		out = reserve(out, sizeHint(src, limit-start))
		var used int
		out, used, err = d.inflate(out, src, limit)
		if err != nil {
			return out, err
		}
		src = src[used:]
		if len(src) < 8 {
			return out, ErrTruncated
		}
		sum, size := binary.LittleEndian.Uint32(src), binary.LittleEndian.Uint32(src[4:])
		if crc32.ChecksumIEEE(out[start:]) != sum || uint32(len(out)-start) != size {
			return out, ErrChecksum
		}
		src = src[8:]
		if len(src) == 0 {
			return out, nil
		}
	}
}

// headerLen returns the length of the gzip header that src begins with.
func headerLen(src []byte) (int, error) {
	if len(src) < 10 {
		return 0, ErrTruncated
	}
	if src[0] != 0x1f || src[1] != 0x8b || src[2] != 8 {
		return 0, ErrHeader
	}
	flags, n := src[3], 10
	if flags&4 != 0 { // extra field
		if len(src) < n+2 {
			return 0, ErrTruncated
		}
		n += 2 + int(binary.LittleEndian.Uint16(src[n:]))
	}
	for _, bit := range []byte{8, 16} { // file name, comment
		if flags&bit == 0 {
			continue
		}
		for {
			if n >= len(src) {
				return 0, ErrTruncated
			}
			n++
			if src[n-1] == 0 {
				break
			}
		}
	}
	if flags&2 != 0 { // header checksum
		n += 2
	}
	if n > len(src) {
		return 0, ErrTruncated
	}
	return n, nil
}

// sizeHint guesses the output size from the trailer of a single-member file.
// The trailer is not trusted: a hint beyond deflate's best ratio is ignored.
func sizeHint(src []byte, limit int) int {
	hint := 4 * len(src)
	if len(src) >= 8 {
		if size := int(binary.LittleEndian.Uint32(src[len(src)-4:])); size > 0 && size <= 1032*len(src) {
			hint = size
		}
	}
	return max(0, min(hint, limit, 256<<20))
}

// reserve makes room for n more bytes and the slack that the fast loop writes into.
func reserve(b []byte, n int) []byte {
	if cap(b)-len(b) >= n+slack {
		return b
	}
	grown := make([]byte, len(b), len(b)+n+slack)
	copy(grown, b)
	return grown
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
