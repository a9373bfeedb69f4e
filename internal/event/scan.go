package event

import (
	"encoding/binary"
	"math/bits"
)

// The functions here walk JSON text by its outline only.
// They are the inner loops of hunting: no allocation, no recursion, eight bytes at a time inside strings.

const (
	ones   = 0x0101010101010101
	highs  = 0x8080808080808080
	quotes = ones * '"'
	slash  = ones * '\\'
)

// stringEnd returns the index behind the closing quote of the string whose body begins at i, or -1.
func stringEnd(b []byte, i int) int {
	for {
		for i+8 <= len(b) {
			w := binary.LittleEndian.Uint64(b[i:])
			q, s := w^quotes, w^slash
			if m := ((q-ones)&^q | (s-ones)&^s) & highs; m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		for ; i < len(b); i++ {
			if b[i] == '"' {
				return i + 1
			}
			if b[i] == '\\' {
				break
			}
		}
		if i+1 >= len(b) {
			return -1
		}
		i += 2 // the escaped byte cannot end the string
	}
}

// StringEnd returns the index behind the closing quote of the string whose body begins at b[i], or -1.
func StringEnd(b []byte, i int) int { return stringEnd(b, i) }

// ValueEnd returns the index behind the JSON value that begins at b[i], or -1 when b ends before it does.
// Only the outline is checked: strings, and the balance of brackets.
func ValueEnd(b []byte, i int) int { return valueEnd(b, i) }

// SkipSpace returns the index of the first byte at or after i that is not JSON white space.
func SkipSpace(b []byte, i int) int { return skipSpace(b, i) }

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

func valueEnd(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"':
		return stringEnd(b, i+1)
	case '{', '[':
		return nestedEnd(b, i+1)
	}
	return scalarEnd(b, i)
}

// scalarEnd returns the index behind a number, true, false or null.
func scalarEnd(b []byte, i int) int {
	start := i
	for i < len(b) && outline[b[i]] == inScalar {
		i++
	}
	if i == start {
		return -1
	}
	return i
}

// nestedEnd returns the index behind the bracket that closes the one before i.
func nestedEnd(b []byte, i int) int {
	depth := 1
	for i < len(b) {
		switch outline[b[i]] {
		case opens:
			depth++
		case closes:
			if depth--; depth == 0 {
				return i + 1
			}
		case quote:
			if i = stringEnd(b, i+1); i < 0 {
				return -1
			}
			continue
		}
		i++
	}
	return -1
}

// outline classifies bytes outside strings.
const (
	other = iota
	opens
	closes
	quote
	inScalar
)

var outline = func() (t [256]byte) {
	for c := range t {
		switch {
		case c == '{' || c == '[':
			t[c] = opens
		case c == '}' || c == ']':
			t[c] = closes
		case c == '"':
			t[c] = quote
		case c == '-' || c == '+' || c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			t[c] = inScalar
		}
	}
	return t
}()
